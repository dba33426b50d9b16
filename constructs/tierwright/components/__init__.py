"""What platforms can have, one component in each module."""
