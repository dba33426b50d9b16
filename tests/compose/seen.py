"""What a container sees of its surroundings, wherever it runs."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from fractions import Fraction
from typing import Any


@dataclass(frozen=True)
class Unknown:
    """What only a cluster knows; a file must say so, in these words."""

    words: str


@dataclass(frozen=True)
class Mounted:
    """A part of a volume, all of it where `part` is empty. Volumes have other names elsewhere."""

    volume: str = field(compare=False)
    part: str = field(compare=False)
    writable: bool

    def seen_from(self, other: Mounted) -> str | None:
        """The path to its files from those of the other; None where they have none in common."""
        path = posixpath.relpath(f"/{self.part}", f"/{other.part}")
        common = path == "." or not path.startswith("..") or not path.strip("./")
        return path if self.volume == other.volume and common else None


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a container gets.

    `files` are contents and modes by path, `folders` the sizes of those that are empty and its own. At the paths `unmounted` there
    is something on a cluster alone.
    """

    image: str
    entrypoint: list[str]
    command: list[str]
    variables: Mapping[str, str | Unknown]
    working_dir: str
    user: str
    groups: set[str]
    read_only: bool
    gains_privileges: bool
    privileged: bool
    capabilities: tuple[set[str], set[str]]
    terminal: tuple[bool, bool]
    cpus: Fraction | None
    memory: int | None
    hooks: Mapping[str, list[str]]
    health: Any
    hosts: set[tuple[str, str]]
    dns: tuple[list[str], list[str], list[str]]
    sysctls: Mapping[str, str]
    files: Mapping[str, tuple[str, int]]
    kept: Mapping[str, Mounted]
    folders: Mapping[str, int | None]
    unmounted: set[str]


def differences(one: Seen, other: Seen) -> list[str]:
    """The fields in which two differ, with both; of mappings, the entries."""
    found: list[str] = []
    for entry in fields(Seen):
        left, right = getattr(one, entry.name), getattr(other, entry.name)
        if isinstance(left, Mapping) and isinstance(right, Mapping):
            keys = (key for key in sorted({*left, *right}) if left.get(key) != right.get(key))
            found += [f"{entry.name}, {key}: {left.get(key)!r}, not {right.get(key)!r}" for key in keys]
        elif left != right:
            found.append(f"{entry.name}: {left!r}, not {right!r}")
    return found
