"""The Compose file, for development on one machine, and the variables that it needs."""

from tierwright.outputs.compose.files import compose_files

__all__ = ["compose_files"]
