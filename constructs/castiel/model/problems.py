"""What is wrong with the configuration, said so that the reader can mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

Path = tuple[str | int, ...]


@dataclass(frozen=True, order=True)
class Place:
    """A line of a file; lines count from 1."""

    file: str
    line: int


@dataclass(frozen=True, order=True)
class Problem:
    """One error: where it stands, what is wrong, and what is allowed there instead."""

    place: Place
    path: str
    wrong: str
    allowed: str

    def __str__(self) -> str:
        """`file:line: path: what is wrong; what is allowed`."""
        where = f"{self.place.file}:{self.place.line}"
        return f"{where}: {self.path}: {self.wrong}; {self.allowed}" if self.path else f"{where}: {self.wrong}; {self.allowed}"


class ConfigError(Exception):
    """The configuration cannot be used. `problems` has all that was found, in file order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))


def dotted(path: Path) -> str:
    """Write a path as users know it from Helm: `services.api-gateway.ports[0]`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text
