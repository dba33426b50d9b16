"""Rules of single fields, as a table: the path of a field, what it may contain, and the same in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from tierwright.config.problems import Complaint, Path, written
from tierwright.model.names import IN_WORDS
from tierwright.model.quantities import quantity

EACH = "*"
"""A step into every item of a list."""

_NOTHING: tuple[Any, ...] = (None, "", [])


class FieldRule(msgspec.Struct, frozen=True):
    """What `field`, a name or a dotted path, may contain in each piece at `where`; `needed`: it must be set."""

    where: tuple[str, ...]
    field: str
    holds: Callable[[Any], bool]
    allowed: str
    needed: bool = False

    def complaints(self, piece: Any) -> Iterator[Complaint]:
        """What is wrong with the field in a piece of the right shape."""
        for path, above in places(piece, self.where):
            steps = self.field.split(".")
            value: Any = above
            for step in steps:
                value = (value or {}).get(step)
            place: Path = (*path, *steps)
            if value in _NOTHING and self.needed:
                yield place, "is missing", "add it"
            elif value is not None and not self.holds(value):
                yield place, f"{written(value)} is not allowed", f"allowed: {self.allowed}"


def matching(where: tuple[str, ...], field: str, pattern: str, *, needed: bool = False, or_empty: bool = False) -> FieldRule:
    """The rule of a text that matches a pattern of `tierwright.model.names`; `or_empty`: '' means none."""

    def holds(text: str) -> bool:
        return (or_empty and not text) or re.match(pattern, text) is not None

    return FieldRule(where, field, holds, IN_WORDS[pattern], needed)


def one_of(where: tuple[str, ...], field: str, known: Sequence[str], *, needed: bool = False, or_empty: bool = False) -> FieldRule:
    """The rule of a text that is one of several words; `or_empty`: '' means none."""
    allowed = ("", *known) if or_empty else tuple(known)
    return FieldRule(where, field, lambda text: text in allowed, ", ".join(known), needed)


def broken(piece: Any, rules: Sequence[FieldRule]) -> Iterator[Complaint]:
    """What all of the rules find wrong with a piece."""
    for rule in rules:
        yield from rule.complaints(piece)


def below(path: Path, complaints: Iterable[Complaint]) -> Iterator[Complaint]:
    """Complaints about a piece as those about what it is a part of, in which it is at this path."""
    for inside, wrong, allowed in complaints:
        yield (*path, *inside), wrong, allowed


def places(piece: Any, steps: tuple[str, ...], above: Path = ()) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """The values at these steps in a piece, each with its path; nothing where there are none."""
    if piece is None:
        return
    if not steps:
        yield above, piece
    elif steps[0] == EACH:
        for index, item in enumerate(piece):
            yield from places(item, steps[1:], (*above, index))
    else:
        yield from places(piece.get(steps[0]), steps[1:], (*above, steps[0]))


def amount(text: str | float) -> Decimal | None:
    """A quantity that the API's schema accepts, as a number; None where it is too large for any."""
    try:
        return quantity(text)
    except ValueError:
        return None
