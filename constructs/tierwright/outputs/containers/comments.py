"""What a file says to its reader before its content."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

WIDTH = 130
"""The most characters of a line, behind what makes it a comment."""


def comment(text: str, differences: Iterable[str]) -> str:
    """The comment at the top of a file: what it is, and what is different from a cluster, a line for each."""
    lines = list(differences)
    if lines:
        text += "\nDifferent here:\n" + "".join(f"{_wrapped(line)}\n" for line in lines)
    return "".join(f"# {line}".rstrip() + "\n" for line in text.splitlines())


def _wrapped(line: str) -> str:
    return textwrap.fill(line, WIDTH, initial_indent="- ", subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
