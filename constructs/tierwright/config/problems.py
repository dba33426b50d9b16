"""Errors in the configuration, worded so that the reader can correct them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

import msgspec

from tierwright.process.ending import FailureError

Path = tuple[str | int, ...]

Complaint = tuple[Path, str, str]
"""A path in a part of the configuration, what is wrong there, and what is allowed."""

_SIMPLE = re.compile(r"[A-Za-z0-9_-]{1,60}")

LONGEST = 60
"""The most characters of a user's text that an error repeats."""

TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}
"""The types of JSON, in the words of errors."""

MISSING = "is missing"
NO_VALUE_BUT_NEEDED = "has no value, but is needed"

MOST_CHOICES = 40
"""The most names that an error lists as allowed."""

MOST_NAMES = 5
"""The most names that an error lists in a sentence."""


class Place(msgspec.Struct, frozen=True, order=True):
    """A line of a file; lines count from 1.

    `is_default`: the user wrote no value there, it came with the program or follows from what is there. `is_of_program`: it came
    with the program, in whose files nobody has to change anything.
    """

    file: str
    line: int
    is_default: bool = False
    is_of_program: bool = False


class Problem(msgspec.Struct, frozen=True, eq=False):
    """One error: its place, what is wrong, and what is allowed there instead. `at` is the path as a tuple of steps.

    `alone` says that the chart cannot find it, since templates do not compute: the program alone refuses it.
    """

    place: Place
    path: str
    wrong: str
    allowed: str
    at: Path = ()
    alone: bool = False

    @property
    def said(self) -> tuple[Place, str, str, str]:
        """What distinguishes problems, and what they are sorted by."""
        return self.place, self.path, self.wrong, self.allowed

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Problem) and self.said == other.said

    def __hash__(self) -> int:
        return hash(self.said)

    def __str__(self) -> str:
        """`file:line: path: what is wrong; what is allowed`."""
        where = f"{self.place.file}:{self.place.line}"
        path = f"{self.path}: " if self.path else ""
        return _on_one_line(f"{where}: {path}{self.wrong}; {self.allowed}")


class ConfigError(FailureError):
    """The configuration cannot be used. `problems` has every error, in the order of files and lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems), key=lambda one: one.said))
        super().__init__("\n".join(map(str, self.problems)))


def dotted(path: Path) -> str:
    """Write a path as users know it from Helm: `services.web.ports[0]`, `commonLabels['example.com/team']`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _SIMPLE.fullmatch(step):
            text += f".{step}" if text else step
        else:
            text += f"['{shown(step)}']"
    return text


def shown(text: str) -> str:
    """A user's text for an error: shortened, on one line."""
    line = _on_one_line(text)
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 3]}..."


def _on_one_line(text: str) -> str:
    return text if text.isprintable() else repr(text)[1:-1]


def written(value: object, source: str = "") -> str:
    """A value for an error; `source` is the number, switch or null as it was written, where that is known."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return f"'{shown(value)}'" if isinstance(value, str) else source or json.dumps(value)


def choices(name: str, known: Iterable[str]) -> str:
    """The text for what is allowed in place of the unknown `name`: a similar name, if any, then the `known` ones."""
    names = [shown(one) for one in known]
    if not names:
        return "allowed: none, as there is none"
    similar = similar_to(name, names)
    meant = f"did you mean {similar}? " if similar else ""
    more = f" and {len(names) - MOST_CHOICES} more" if len(names) > MOST_CHOICES else ""
    return f"{meant}allowed: {', '.join(names[:MOST_CHOICES])}{more}"


def similar_to(name: str, known: Iterable[str]) -> str | None:
    """The one of the `known` names that is meant where somebody writes `name`, if one is similar to it."""
    import difflib

    return next(iter(difflib.get_close_matches(name, known, 1)), None)


def counted(number: int, what: str) -> str:
    """A number of things as a sentence has it: `1 field`, `2 fields`."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def enumerated(names: Sequence[str]) -> str:
    """Names as a sentence has them: `a`, `a and b`, `a, b and c`, `a, b, c, d, e and 7 more`."""
    rest = len(names) - MOST_NAMES
    listed = [*names] if rest <= 1 else [*names[:MOST_NAMES], f"{rest} more"]
    *first, last = listed
    return f"{', '.join(first)} and {last}" if first else last
