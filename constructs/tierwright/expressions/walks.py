"""Walks through lists and maps of the values: what no single expression of a template can compute.

The program walks in Python, the chart by a helper that is written by hand beside it, as each expression has both forms.
"""

from __future__ import annotations

from typing import Any, ClassVar

from tierwright.expressions.conditions import ALWAYS, Condition
from tierwright.expressions.expression import Context, Expression, Field, Key, Scope, operand

PLATFORM = "PLATFORM"
"""What the name of the platform replaces in the text of a helper: named templates are of all charts at once."""


class Helped(Expression, frozen=True):
    """A text that a helper of the chart gives; its fields are the entries of the map that the helper gets.

    `helper` is the text of that helper. It defines `PLATFORM.NAME`, where NAME is the name of the class with a small first letter.
    """

    helper: ClassVar[str] = ""

    def source(self, context: Context) -> str:
        name, fields = type(self).__name__, self.__struct_fields__
        given = " ".join(f'"{field}" {operand(getattr(self, field), context)}' for field in fields)
        return f'(include "{context.platform}.{name[0].lower()}{name[1:]}" (dict {given}))'


class Walk(Helped, frozen=True):
    """A list of maps: what the walk sees, step by step. Its helper writes them as JSON.

    Of each map `path` is the path of what it is about: in the program a tuple of steps, in the chart a text as `dotted` writes it.
    """

    @property
    def begins(self) -> Condition:
        """The condition without which there is nothing to walk through."""
        return ALWAYS

    def source(self, context: Context) -> str:
        return f"({super().source(context)[1:-1]} | fromJsonArray)"


class Top(Expression, frozen=True):
    """For walks through all values: the scope, and Helm's top object for their helpers."""

    def value(self, scope: Scope) -> Any:
        return scope

    def source(self, context: Context) -> str:
        return context.top


def seen(name: str) -> Expression:
    """An entry of the map that the walk of a rule has arrived at."""
    return Field(Key(), name)
