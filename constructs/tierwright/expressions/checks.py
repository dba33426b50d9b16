"""Calls of the chart's helpers that check values, and the arguments of those helpers."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from tierwright.expressions.conditions import ALWAYS, Condition
from tierwright.expressions.expression import Context, Expression, Operand, Scope, TraceError, operand


class Check(Expression, frozen=True):
    """A helper of the chart that fails the rendering. It has no value."""

    helper: str
    arguments: tuple[tuple[str, Operand], ...]

    def value(self, scope: Scope) -> Any:
        del scope
        raise TraceError(f"{self.helper} is a check of the chart alone")

    def source(self, context: Context) -> str:
        given = " ".join(f'"{name}" {operand(one, context)}' for name, one in self.arguments)
        return f'(include "{context.platform}.{self.helper}" (dict {given}))'


class Known(Expression, frozen=True):
    """Names of variables in their order, each with the condition under which it exists."""

    names: tuple[tuple[str, Condition], ...]

    def value(self, scope: Scope) -> Any:
        return [name for name, condition in self.names if condition.value(scope)]

    def source(self, context: Context) -> str:
        lists: list[str] = []
        for condition, group in groupby(self.names, key=lambda named: named[1]):
            names = operand(tuple(name for name, _ in group), context)
            lists.append(names if condition == ALWAYS else f"(ternary {names} (list) {condition.source(context)})")
        return f"(concat {' '.join(lists)})" if len(lists) > 1 else "".join(lists) or "(list)"


class OneSetting(Expression, frozen=True):
    """The settings that the helper checks: a single one without a name, whose text is at a path."""

    of: Expression
    path: str

    def value(self, scope: Scope) -> Any:
        return [["", self.of.value(scope), self.path]]

    def source(self, context: Context) -> str:
        return f'(list (list "" {self.of.source(context)} "{self.path}"))'
