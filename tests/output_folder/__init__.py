"""The output folder: whole or not at all, and nobody else's files."""
