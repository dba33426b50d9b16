"""Expressions over lists of texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Any

from tierwright.expressions.conditions import ALWAYS, Condition
from tierwright.expressions.expression import Context, Expression, Operand, Scope, evaluated, operand, unwrapped
from tierwright.expressions.tree import Include


class Names(Expression, frozen=True):
    """Names in their order, each with the condition under which it is there."""

    each: tuple[tuple[str, Condition], ...]

    @classmethod
    def of(cls, names: Iterable[str]) -> Names:
        """Names that are always there."""
        return cls(tuple((name, ALWAYS) for name in names))

    def value(self, scope: Scope) -> Any:
        return [name for name, condition in self.each if condition.value(scope)]

    def source(self, context: Context) -> str:
        lists: list[str] = []
        for condition, group in groupby(self.each, key=lambda named: named[1]):
            names = operand(tuple(name for name, _ in group), context)
            lists.append(names if condition == ALWAYS else f"(ternary {names} (list) {condition.flag(context)})")
        return f"(concat {' '.join(lists)})" if len(lists) > 1 else "".join(lists) or "(list)"


class First(Expression, frozen=True):
    """The first of a list that is not empty."""

    of: Expression

    def value(self, scope: Scope) -> Any:
        return self.of.value(scope)[0]

    def source(self, context: Context) -> str:
        return f"(first {self.of.source(context)})"


class Count(Expression, frozen=True):
    """The number of the items of a list."""

    of: Expression

    def value(self, scope: Scope) -> Any:
        return len(self.of.value(scope))

    def source(self, context: Context) -> str:
        return f"(len {self.of.source(context)})"


class Has(Condition, frozen=True):
    """A list has an item."""

    of: Operand
    item: Operand

    def value(self, scope: Scope) -> Any:
        return evaluated(self.item, scope) in evaluated(self.of, scope)

    def source(self, context: Context) -> str:
        return f"(has {operand(self.item, context)} {operand(self.of, context)})"


class Concat(Expression, frozen=True):
    """Several lists as one."""

    of: tuple[Expression, ...]

    def value(self, scope: Scope) -> Any:
        return [item for part in self.of for item in part.value(scope)]

    def source(self, context: Context) -> str:
        return f"(concat {' '.join(part.source(context) for part in self.of)})"


class Keys(Expression, frozen=True):
    """The keys of a map, sorted."""

    of: Expression

    def value(self, scope: Scope) -> Any:
        return sorted(self.of.value(scope))

    def source(self, context: Context) -> str:
        return f"(keys {self.of.source(context)} | sortAlpha)"


class LinesOf(Expression, frozen=True, eq=False):
    """The lines that a named template gives. `call` makes the call of it, when they are needed."""

    call: Callable[[], Include]

    def value(self, scope: Scope) -> Any:
        return str(self.call().value(scope)).splitlines()

    def source(self, context: Context) -> str:
        return f'({unwrapped(self.call().source(context))} | trim | splitList "\\n")'
