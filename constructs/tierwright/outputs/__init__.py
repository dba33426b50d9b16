"""The outputs, and how they are written."""
