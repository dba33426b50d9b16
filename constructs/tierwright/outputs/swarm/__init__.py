"""The stack for a Docker Swarm, and the script that deploys it."""

from tierwright.outputs.swarm.files import swarm_files

__all__ = ["swarm_files"]
