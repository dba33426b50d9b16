"""What a platform has, one thing a module."""
