"""Files of variables, such as .env: what Docker Compose and shells both read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from tierwright.process.ending import FailureError

RANDOM = "<random>"
"""A value that stands for a random text."""

_LINE = re.compile(
    r"""
    [ \t]*
    (?:
        (?P<comment> \#[ ]? (?: (?P<absent> [A-Za-z_]\w* )= )? [^\n]* )
      | (?: export[ \t]+ )? (?P<name> [A-Za-z_]\w* )=
        (?: (?P<quoted> '[^']*' | "(?:[^"\\]|\\.)*" ) (?: [ \t]+\#[^\n]* )? | (?!['"])(?P<plain> [^\n]*) )
    )?
    [ \t\r]*(?:\n|\Z)
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
"""Nothing, a comment, which may be a variable that is not set, or a variable. Only quoted values have several lines."""

_COMMENT_BEHIND = re.compile(r"\s#.*", re.DOTALL)


class Entry(NamedTuple):
    """A variable of such a file, `value` without its quotes, None where the line is a comment.

    `line` is its line, `text` its lines with the comments right above.
    """

    name: str
    value: str | None
    line: int
    text: str


def entries(text: str, file: Path) -> list[Entry]:
    """The variables of a file with this text. Raises FailureError for the first line that is none."""
    found: list[Entry] = []
    start = at = 0
    while at < len(text):
        line, number = _LINE.match(text, at), text.count("\n", 0, at) + 1
        if line is None:
            raise FailureError(f"{file}:{number}: is neither a comment nor a variable; write NAME=value, or # before it")
        at = line.end()
        name = line["name"] or line["absent"]
        if name:
            found.append(Entry(name, _value(line) if line["name"] else None, number, text[start:at]))
        if name or not line["comment"]:
            start = at
    return found


def _value(line: re.Match[str]) -> str:
    return line["quoted"][1:-1] if line["quoted"] else _COMMENT_BEHIND.sub("", line["plain"]).strip()
