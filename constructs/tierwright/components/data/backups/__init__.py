"""What the backups of several kinds of data services have in common: when they are made, and where they are kept."""
