"""What a file says to its reader before its content."""

from __future__ import annotations

from collections.abc import Iterable


def comment(text: str, differences: Iterable[str]) -> str:
    """The comment at the top of a file: what it is, and what is different from a cluster, a line for each."""
    lines = list(differences)
    if lines:
        text += "\nDifferent here:\n" + "".join(f"- {line}\n" for line in lines)
    return "".join(f"# {line}".rstrip() + "\n" for line in text.splitlines())
