"""Calls of the chart's helpers that check values, and the arguments of those helpers."""

from __future__ import annotations

from typing import Any

from tierwright.expressions.conditions import Condition
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
    """Names of variables, some of which exist under a condition."""

    always: tuple[str, ...]
    perhaps: tuple[tuple[str, Condition], ...]

    def value(self, scope: Scope) -> Any:
        return [*self.always, *(name for name, condition in self.perhaps if condition.value(scope))]

    def source(self, context: Context) -> str:
        lists = [operand((name,), context) for name, _ in self.perhaps]
        tests = [condition.source(context) for _, condition in self.perhaps]
        perhaps = [f"(ternary {one} (list) {test})" for one, test in zip(lists, tests, strict=True)]
        always = operand(self.always, context)
        return f"(concat {' '.join([always, *perhaps])})" if perhaps else always


class OneSetting(Expression, frozen=True):
    """The settings that the helper checks: a single one without a name, whose text is at a path."""

    of: Expression
    path: str

    def value(self, scope: Scope) -> Any:
        return [["", self.of.value(scope), self.path]]

    def source(self, context: Context) -> str:
        return f'(list (list "" {self.of.source(context)} "{self.path}"))'
