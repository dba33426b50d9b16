"""Places in a template: how far to the right, and what is known to hold there."""

from __future__ import annotations

import msgspec

from tierwright.expressions.conditions import Condition, Equals, Not, all_of, conjuncts
from tierwright.expressions.expression import Context


class Position(msgspec.Struct, frozen=True):
    """A place in a template: its indentation, its context, and the conditions that are known to hold there.

    `columns` is of all templates of the chart: that of each named template that is placed, by its name.
    """

    indent: int
    context: Context
    known: frozenset[Condition] = frozenset()
    columns: dict[str, int] = msgspec.field(default_factory=dict)

    @property
    def pad(self) -> str:
        """The spaces before a line."""
        return " " * self.indent

    def deeper(self) -> Position:
        """The place one level further to the right."""
        return Position(self.indent + 2, self.context, self.known, self.columns)

    def inside(self) -> Position:
        """The place below `range` or `with`."""
        return Position(self.indent, self.context.inside(), self.known, self.columns)

    def under(self, *conditions: Condition) -> Position:
        """The place where these conditions hold too."""
        known = _concluded(self.known.union(*map(conjuncts, conditions)))
        return Position(self.indent, self.context, known, self.columns)

    def remaining(self, condition: Condition) -> Condition:
        """The part of a condition that is not yet known to hold."""
        return all_of(*(one for one in conjuncts(condition) if one not in self.known))


def _concluded(known: frozenset[Condition]) -> frozenset[Condition]:
    """The known conditions, and what follows for values of a few words: one excludes the others, the last one left holds."""
    words = [one for one in known if isinstance(one.of if isinstance(one, Not) else one, Equals)]
    for one in words:
        equals = one.of if isinstance(one, Not) else one
        assert isinstance(equals, Equals)
        each = [Equals(equals.of, word, equals.words) for word in equals.words]
        if isinstance(one, Not):
            left = [other for other in each if Not(other) not in known]
            known = known.union(left if len(left) == 1 else ())
        else:
            known = known.union(Not(other) for other in each if other != equals)
    return known
