"""Conditions: expressions that are true or false once the values are known, and functions that combine them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from tierwright.expressions.expression import (
    Context,
    Expression,
    Scope,
    TraceError,
    describe,
    evaluated,
    operand,
    quoted,
    unwrapped,
)


class Condition(Expression, frozen=True):
    """True or false once the values are known. Python's own `if`, `and`, `or` and `not` would need to know it now."""

    def __bool__(self) -> bool:
        """Raises TraceError: the structure would silently depend on a value."""
        raise TraceError(f"{describe(self)} is not known while the manifests are described; use when(), choose() or all_of()")

    def test(self, context: Context) -> str:
        """The condition as a template's `if` takes it."""
        return unwrapped(self.source(context))

    def flag(self, context: Context) -> str:
        """The condition as an operand that is true or false; `source` may be a text, list or map that counts as one of them."""
        parts = self.of if isinstance(self, (All, Any_)) else (self,)
        source = self.source(context)
        return f"(not (empty {source}))" if any(isinstance(part, Truth) for part in parts) else source


class Truth(Condition, frozen=True):
    """A switch `of` the values is on; or a list, map or text is not empty."""

    of: Expression

    def value(self, scope: Scope) -> Any:
        return bool(self.of.value(scope))

    def source(self, context: Context) -> str:
        return self.of.source(context)


class Known(Condition, frozen=True):
    """A number `of` the values is there, 0 too: null has not taken it away."""

    of: Expression

    def value(self, scope: Scope) -> Any:
        return self.of.value(scope) is not None

    def source(self, context: Context) -> str:
        return f'(not (kindIs "invalid" {self.of.source(context)}))'


class Equals(Condition, frozen=True):
    """The text `of` equals another, `text`. `words`: all texts that the first may be, where those are known."""

    of: Expression
    text: str | Expression
    words: tuple[str, ...] = ()

    def value(self, scope: Scope) -> Any:
        return self.of.value(scope) == evaluated(self.text, scope)

    def source(self, context: Context) -> str:
        return f"(eq {self.of.source(context)} {operand(self.text, context)})"


class HasKey(Condition, frozen=True):
    """The map `of` has an entry under `key`."""

    of: Expression
    key: str | Expression

    def value(self, scope: Scope) -> Any:
        return evaluated(self.key, scope) in self.of.value(scope)

    def source(self, context: Context) -> str:
        return f"(hasKey {self.of.source(context)} {operand(self.key, context)})"


class Measurable(Condition, frozen=True):
    """A quantity of Kubernetes, such as 100m or 1Gi, is set and is not zero."""

    of: Expression

    def value(self, scope: Scope) -> Any:
        return re.search("[1-9]", str(self.of.value(scope))) is not None

    def source(self, context: Context) -> str:
        return f'(regexMatch "[1-9]" (toString {self.of.source(context)}))'


class Holds(Condition, frozen=True):
    """`pattern`, one that means the same in Python and in Go, is found in a text of the list `of`, each text one line."""

    of: Expression
    pattern: str

    def value(self, scope: Scope) -> Any:
        return any(re.search(self.pattern, str(text)) for text in self.of.value(scope))

    def source(self, context: Context) -> str:
        return f"(regexMatch {quoted(f'(?m){self.pattern}')} (join {quoted(chr(10))} {self.of.source(context)}))"


class Matches(Condition, frozen=True):
    """`pattern`, one that means the same in Python and in Go, is found in the text `of`."""

    of: Expression
    pattern: str

    def value(self, scope: Scope) -> Any:
        return re.search(self.pattern, str(self.of.value(scope))) is not None

    def source(self, context: Context) -> str:
        return f"(regexMatch {quoted(self.pattern)} {self.of.source(context)})"


class Distinct(Condition, frozen=True):
    """No two of these texts, at least one, are the same."""

    of: tuple[Expression, ...]

    def value(self, scope: Scope) -> Any:
        return len({text.value(scope) for text in self.of}) == len(self.of)

    def source(self, context: Context) -> str:
        return f"(eq (len (uniq (list {' '.join(text.source(context) for text in self.of)}))) {len(self.of)})"


class Unique(Condition, frozen=True):
    """No two texts of a list are the same."""

    of: Expression

    def value(self, scope: Scope) -> Any:
        items = self.of.value(scope)
        return len(set(items)) == len(items)

    def source(self, context: Context) -> str:
        items = self.of.source(context)
        return f"(eq (len (uniq {items})) (len {items}))"


class Compares(Condition, frozen=True):
    """A comparison of two integers, `left` and `right`; `operator` is one of Go's names: gt, lt, ge, le, eq."""

    operator: str
    left: int | Expression
    right: int | Expression

    def value(self, scope: Scope) -> Any:
        return _COMPARISONS[self.operator](evaluated(self.left, scope), evaluated(self.right, scope))

    def source(self, context: Context) -> str:
        return f"({self.operator} {_integer(self.left, context)} {_integer(self.right, context)})"


class Not(Condition, frozen=True):
    """The condition does not hold."""

    of: Condition

    def value(self, scope: Scope) -> Any:
        return not self.of.value(scope)

    def source(self, context: Context) -> str:
        source = self.of.source(context)
        return source.replace("(eq ", "(ne ", 1) if isinstance(self.of, Equals) else f"(not {source})"


class All(Condition, frozen=True):
    """All of the conditions hold; true where there are none."""

    of: tuple[Condition, ...]

    def value(self, scope: Scope) -> Any:
        return all(condition.value(scope) for condition in self.of)

    def source(self, context: Context) -> str:
        return f"(and {' '.join(condition.source(context) for condition in self.of)})" if self.of else "true"


class Any_(Condition, frozen=True):  # noqa: N801 - typing has Any
    """At least one of the conditions holds; false where there are none."""

    of: tuple[Condition, ...]

    def value(self, scope: Scope) -> Any:
        return any(condition.value(scope) for condition in self.of)

    def source(self, context: Context) -> str:
        return f"(or {' '.join(condition.source(context) for condition in self.of)})" if self.of else "false"


ALWAYS = All(())
"""The condition of what is always written."""

NEVER = Any_(())
"""The condition of what is never written. The functions below give no other condition without parts."""


class Ternary(Expression, frozen=True):
    """One of two operands: `then` where the condition holds, else `otherwise`."""

    condition: Condition
    then: int | str | Expression
    otherwise: int | str | Expression

    def value(self, scope: Scope) -> Any:
        return evaluated(self.then if self.condition.value(scope) else self.otherwise, scope)

    def source(self, context: Context) -> str:
        return f"(ternary {operand(self.then, context)} {operand(self.otherwise, context)} {self.condition.flag(context)})"


_COMPARISONS = {
    "gt": lambda left, right: left > right,
    "lt": lambda left, right: left < right,
    "ge": lambda left, right: left >= right,
    "le": lambda left, right: left <= right,
    "eq": lambda left, right: left == right,
}


def all_of(*conditions: Condition | bool) -> Condition:
    """The condition that all of these hold; ALWAYS where there are none, NEVER where one of them is.

    Switches of the values are conditions, whatever mypy takes them for: a real `bool` is an AssertionError.
    """
    return _joined(All, conditions, decisive=NEVER)


def any_of(*conditions: Condition | bool) -> Condition:
    """The condition that at least one of these holds; NEVER where there are none, ALWAYS where one of them is.

    As for `all_of`, a real `bool` is an AssertionError.
    """
    return _joined(Any_, conditions, decisive=ALWAYS)


def exclude_each_other(one: Condition, other: Condition) -> bool:
    """Whether no values can fulfil both conditions, judging by their form alone: parts of them exclude each other."""
    return NEVER in (one, other) or any(_contradict(mine, its) for mine in conjuncts(one) for its in conjuncts(other))


def conjuncts(condition: Condition) -> tuple[Condition, ...]:
    """The conditions that must all hold for the condition to hold."""
    return condition.of if isinstance(condition, All) else (condition,)


def _contradict(one: Condition, other: Condition) -> bool:
    """Whether one is the opposite of the other, or both compare the same value with different texts."""
    if isinstance(one, Equals) and isinstance(other, Equals) and isinstance(one.text, str) and isinstance(other.text, str):
        return one.of == other.of and one.text != other.text
    return one == opposite(other)


def opposite(condition: Condition | bool) -> Condition:
    """The condition that holds where this one does not. Its opposite is this one again."""
    assert isinstance(condition, Condition)
    if condition in (ALWAYS, NEVER):
        return NEVER if condition == ALWAYS else ALWAYS
    return condition.of if isinstance(condition, Not) else Not(condition)


def _joined(kind: type[All] | type[Any_], conditions: Sequence[Condition | bool], *, decisive: Condition) -> Condition:
    """The conditions as one, without duplicates; `decisive` is the condition that alone decides, whatever the others are."""
    flat: list[Condition] = []
    for condition in conditions:
        assert isinstance(condition, Condition)
        flat += condition.of if isinstance(condition, kind) else [condition]
    unique = tuple(dict.fromkeys(flat))
    if decisive in unique:
        return decisive
    return unique[0] if len(unique) == 1 else kind(unique)


def _integer(number: int | Expression, context: Context) -> str:
    """Helm's numbers are floats, which Go compares with integers only after a conversion."""
    return str(number) if isinstance(number, int) else f"(int64 {number.source(context)})"
