"""What the names of images say."""

from __future__ import annotations

import re


def official_image(name: str) -> str:
    """A pattern of the repository of the official image of this name: on Docker Hub, and in registries that copy it."""
    own = re.escape(name)
    return rf"^((docker\.io|registry-1\.docker\.io)/)?(library/)?{own}$|/docker/library/{own}$"
