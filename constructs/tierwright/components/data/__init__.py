"""The data services."""
