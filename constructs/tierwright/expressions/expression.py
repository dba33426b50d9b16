"""Expressions: paths into values that are not known yet, and the few operations that manifests need.

Each expression has two meanings, which must agree: `value`, what it is under given values, and `source`, its text in a Helm
template.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


class TraceError(TypeError):
    """A component uses a value as if it were known; the message names the value and the way out."""


class Scope(msgspec.Struct, frozen=True):
    """The values under which expressions are evaluated.

    `values` are those of the platform, by the keys of the files; `facts` what else the outputs know, such as the namespace;
    `arguments` those of the named template that is being evaluated; `item` and `key` what is being iterated over.
    """

    values: Mapping[str, Any]
    facts: Mapping[str, Any] = {}
    arguments: Mapping[str, Any] = {}
    item: Any = None
    key: Any = None

    def inside(self, *, item: Any, key: Any = None) -> Scope:
        """The scope of one item of a list, or one entry of a map."""
        return Scope(self.values, self.facts, self.arguments, item, key)

    def called(self, arguments: Mapping[str, Any]) -> Scope:
        """The scope of a named template."""
        return Scope(self.values, self.facts, arguments)


class Context(msgspec.Struct, frozen=True):
    """The place in a template where an expression is written.

    `dot` is how the dot of the file, or of the named template, is written here: `$` inside `range` and `with`. `service`
    is the one whose values are in `$service`, `workload` are the arguments of named templates that are in `$workload`. `platform`
    is the prefix of named templates: those are of all charts at once.
    """

    dot: str = "."
    arguments: bool = False
    service: str = ""
    platform: str = ""
    workload: tuple[tuple[str, Any], ...] = ()

    @property
    def root(self) -> str:
        """The path to Helm's top object, from which `.Values` and `.Release` can be read."""
        return f"{self._prefix}root." if self.arguments else self._prefix

    @property
    def top(self) -> str:
        """Helm's top object itself, as an argument for a named template."""
        return f"{self._prefix}root" if self.arguments else self.dot

    def argument(self, name: str) -> str:
        """An argument of the named template."""
        return f"{self._prefix}{name}"

    def inside(self) -> Context:
        """The context below `range` or `with`."""
        return msgspec.structs.replace(self, dot="$")

    @property
    def _prefix(self) -> str:
        return "." if self.dot == "." else f"{self.dot}."


class Expression(msgspec.Struct, frozen=True):
    """Something that can be computed once the values are known."""

    def value(self, scope: Scope) -> Any:
        """The result under the values of `scope`: plain data."""
        raise NotImplementedError

    def source(self, context: Context) -> str:
        """The expression as text of a template, usable as an operand: in parentheses where it needs them."""
        raise NotImplementedError


class AllValues(Expression, frozen=True):
    """All values."""

    def value(self, scope: Scope) -> Any:
        return scope.values

    def source(self, context: Context) -> str:
        return f"{context.root}Values"


class Argument(Expression, frozen=True):
    """An argument of the named template that contains it."""

    name: str

    def value(self, scope: Scope) -> Any:
        return scope.arguments[self.name]

    def source(self, context: Context) -> str:
        return context.argument(self.name)


class Item(Expression, frozen=True):
    """The current item of the list, or the current value of the map, that is iterated over."""

    def value(self, scope: Scope) -> Any:
        return scope.item

    def source(self, context: Context) -> str:
        del context
        return "$value"


class Key(Expression, frozen=True):
    """The current key of the map that is iterated over."""

    def value(self, scope: Scope) -> Any:
        return scope.key

    def source(self, context: Context) -> str:
        del context
        return "$key"


class BuiltIn(Expression, frozen=True):
    """What the outputs know by different ways: `name` is the key of a fact of the scope, `helm` a path in Helm's own objects."""

    name: str
    helm: str

    def value(self, scope: Scope) -> Any:
        return scope.facts[self.name]

    def source(self, context: Context) -> str:
        return f"{context.root}{self.helm}"


class Field(Expression, frozen=True):
    """The entry of the map `of` under `key`; it exists."""

    of: Expression
    key: str

    def value(self, scope: Scope) -> Any:
        return self.of.value(scope)[self.key]

    def source(self, context: Context) -> str:
        if self.key == context.service and self.of == _SERVICES:
            return "$service"
        above = self.of.source(context)
        return f"{above}.{self.key}" if self.key.isascii() and self.key.isidentifier() else f"(index {above} {quoted(self.key)})"


_SERVICES = Field(AllValues(), "services")


class Entry(Expression, frozen=True):
    """The entry of the map `of` under a key that is not known yet; it exists."""

    of: Expression
    key: Expression

    def value(self, scope: Scope) -> Any:
        return self.of.value(scope)[self.key.value(scope)]

    def source(self, context: Context) -> str:
        return f"(index {self.of.source(context)} {self.key.source(context)})"


class Lookup(Expression, frozen=True):
    """The entry of the map `of` under `key`; None, or `otherwise`, where it is absent. `optional`: the map may be absent too."""

    of: Expression
    key: str
    otherwise: str | Expression | None = None
    optional: bool = False

    def value(self, scope: Scope) -> Any:
        entries = self.of.value(scope)
        if self.key in entries or self.otherwise is None:
            return entries.get(self.key)
        return evaluated(self.otherwise, scope)

    def source(self, context: Context) -> str:
        if self.otherwise is None:
            of = f"({self.of.source(context)} | default dict)" if self.optional else self.of.source(context)
            return f"(index {of} {quoted(self.key)})"
        return f"(dig {quoted(self.key)} {operand(self.otherwise, context)} {self.of.source(context)})"


class Dig(Expression, frozen=True):
    """A scalar deep in a map, by the keys on the way; `otherwise` where it, or a map on the way, is absent."""

    of: Expression
    keys: tuple[str, ...]
    otherwise: str | int | float

    def value(self, scope: Scope) -> Any:
        found = self.of.value(scope)
        for key in self.keys:
            if key not in found:
                return self.otherwise
            found = found[key]
        return found

    def source(self, context: Context) -> str:
        return f"(dig {' '.join(map(quoted, self.keys))} {operand(self.otherwise, context)} {self.of.source(context)})"


class Joined(Expression, frozen=True):
    """Several texts, joined."""

    parts: tuple[str | Expression, ...]

    def value(self, scope: Scope) -> Any:
        return "".join(str(evaluated(part, scope)) for part in self.parts)

    def source(self, context: Context) -> str:
        pattern = "".join("%v" if isinstance(part, Expression) else part.replace("%", "%%") for part in self.parts)
        given = [part.source(context) for part in self.parts if isinstance(part, Expression)]
        return f"(printf {' '.join([quoted(pattern), *given])})"


class Sum(Expression, frozen=True):
    """The sum of integers, its `terms`."""

    terms: tuple[int | Expression, ...]

    def value(self, scope: Scope) -> Any:
        return sum(evaluated(term, scope) for term in self.terms)

    def source(self, context: Context) -> str:
        return f"(add {' '.join(operand(term, context) for term in self.terms)})"


class Hundredths(Expression, frozen=True):
    """A `percent` as a decimal fraction with two places, as text: 25 is 0.25."""

    percent: Expression

    def value(self, scope: Scope) -> Any:
        return f"{self.percent.value(scope) / 100:.2f}"

    def source(self, context: Context) -> str:
        return f'(printf "%.2f" (divf {self.percent.source(context)} 100))'


class Omit(Expression, frozen=True):
    """The map `of` without these keys."""

    of: Expression
    keys: tuple[str, ...]

    def value(self, scope: Scope) -> Any:
        return {key: value for key, value in self.of.value(scope).items() if key not in self.keys}

    def source(self, context: Context) -> str:
        return f"(omit {self.of.source(context)} {' '.join(map(quoted, self.keys))})" if self.keys else self.of.source(context)


class KeysMatching(Expression, frozen=True):
    """The keys of the map `of`, each one line, that `pattern` matches completely; sorted. It means the same in Python and in Go."""

    of: Expression
    pattern: str

    def value(self, scope: Scope) -> Any:
        return sorted(key for key in self.of.value(scope) if re.fullmatch(self.pattern, key))

    def source(self, context: Context) -> str:
        lines = f"(keys {self.of.source(context)} | sortAlpha | join {quoted(chr(10))})"
        return f"(regexFindAll {quoted(f'(?m)^(?:{self.pattern})$')} {lines} -1)"


class KeysAmong(Expression, frozen=True):
    """The keys of the map `of` that are among `names`, a list. As they are wrong keys, the chart goes through the names."""

    of: Expression
    names: Expression

    def value(self, scope: Scope) -> Any:
        entries = self.of.value(scope)
        return [name for name in self.names.value(scope) if name in entries]

    def source(self, context: Context) -> str:
        return self.names.source(context)


def replaced(whole: T, old: Expression, new: Expression) -> T:
    """An expression, or several, with another one in the place of each part that is `old`."""
    if whole == old:
        return new  # type: ignore[return-value]
    if isinstance(whole, tuple):
        return tuple(replaced(part, old, new) for part in whole)  # type: ignore[return-value]
    if isinstance(whole, Expression):
        parts = {name: replaced(getattr(whole, name), old, new) for name in whole.__struct_fields__}
        return msgspec.structs.replace(whole, **parts)
    return whole


Operand = str | int | float | Expression | tuple[str, ...]


def evaluated(operand: Operand | None, scope: Scope) -> Any:
    """The value of an expression under `scope`; anything but an expression is returned unchanged."""
    return operand.value(scope) if isinstance(operand, Expression) else operand


def operand(given: Operand, context: Context) -> str:
    """An expression or a constant as text of a template at this place, usable as an operand: a tuple is a list there."""
    if isinstance(given, Expression):
        return given.source(context)
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, tuple):
        return f"(list{''.join(f' {quoted(item)}' for item in given)})"
    return quoted(given) if isinstance(given, str) else str(given)


@cache
def quoted(text: str) -> str:
    """A text as a Go string literal."""
    return json.dumps(text, ensure_ascii=False)


def describe(expression: Expression) -> str:
    """An expression for messages: its path in the values, where it has one."""
    return expression.source(Context()).replace(".Values.", "")


@cache
def unwrapped(source: str) -> str:
    """An operand without the parentheses around all of it, which the first part of a pipeline does not need."""
    if not source.startswith("("):
        return source
    depth = 0
    for bracket in re.finditer(_BRACKETS, source):
        depth += {"(": 1, ")": -1}.get(bracket[0], 0)
        if depth == 0:
            return source[1:-1] if bracket.end() == len(source) else source
    return source


_BRACKETS = r'[()]|"(?:\\.|[^"\\])*"'
