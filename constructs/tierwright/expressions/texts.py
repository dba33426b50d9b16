"""Expressions over texts: for URLs, patterns and lists of words."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

from tierwright.expressions.expression import Context, Expression, Scope, evaluated, operand, quoted
from tierwright.expressions.sha256 import of_text


class UrlEncoded(Expression, frozen=True):
    """The text `of` for any part of a URL: all but letters, digits, `-`, `.`, `_` and `~` is percent-encoded."""

    of: Expression

    def value(self, scope: Scope) -> Any:
        return quote(self.of.value(scope), safe="")

    def source(self, context: Context) -> str:
        # Go writes a space as +; a + of the text itself is %2B by then.
        return f'(urlquery {self.of.source(context)} | replace "+" "%20")'


class Lower(Expression, frozen=True):
    """A text of ASCII in small letters: hosts that differ in nothing else are one."""

    of: Expression

    def value(self, scope: Scope) -> Any:
        return self.of.value(scope).lower()

    def source(self, context: Context) -> str:
        return f"(lower {self.of.source(context)})"


class WithoutEnd(Expression, frozen=True):
    """The text `of` without the text `end` at its end, where it is there."""

    of: Expression
    end: str

    def value(self, scope: Scope) -> Any:
        return self.of.value(scope).removesuffix(self.end)

    def source(self, context: Context) -> str:
        return f"(trimSuffix {quoted(self.end)} {self.of.source(context)})"


class AsLabel(Expression, frozen=True):
    """An image's tag as a label's value: at most 63 characters, the first and last a letter or digit. It may be empty."""

    of: Expression

    def value(self, scope: Scope) -> Any:
        return self.of.value(scope)[:63].strip("_.-")

    def source(self, context: Context) -> str:
        return f'({self.of.source(context)} | trunc 63 | trimAll "_.-")'


class WithNumber(Expression, frozen=True):
    """The text `of`, in which `number`, an integer, replaces every occurrence of `placeholder`."""

    of: Expression
    placeholder: str
    number: int | Expression

    def value(self, scope: Scope) -> Any:
        return self.of.value(scope).replace(self.placeholder, str(evaluated(self.number, scope)))

    def source(self, context: Context) -> str:
        number = f"(int64 {operand(self.number, context)} | toString)"
        return f"(replace {quoted(self.placeholder)} {number} {self.of.source(context)})"


class Replaced(Expression, frozen=True):
    """The text `of`, in which the text `new` stands for every occurrence of `old`."""

    of: Expression
    old: str
    new: str | Expression

    def value(self, scope: Scope) -> Any:
        return self.of.value(scope).replace(self.old, str(evaluated(self.new, scope)))

    def source(self, context: Context) -> str:
        return f"(replace {quoted(self.old)} {operand(self.new, context)} {self.of.source(context)})"


class ScalarText(Expression, frozen=True):
    """A scalar as the text of a variable, as JSON writes it. `kind` is its type in JSON Schema.

    Kubernetes takes a text as it is: the dollar signs that begin references elsewhere are doubled.
    """

    of: Expression
    kind: str

    def value(self, scope: Scope) -> Any:
        value = self.of.value(scope)
        if self.kind == "string":
            return value.replace("$", "$$")
        return number_text(value) if self.kind == "number" else json.dumps(int(value) if self.kind == "integer" else value)

    def source(self, context: Context) -> str:
        of = self.of.source(context)
        if self.kind == "string":
            return f'(replace "$" "$$" {of})'
        return f"(int64 {of} | toString)" if self.kind == "integer" else f"(toJson {of})"


def number_text(number: float) -> str:
    """A number as Go writes it in JSON: with an exponent where it is below a millionth. None is too large for its digits."""
    if number == int(number):
        return str(int(number))
    if abs(number) < 1e-6:
        return repr(number).replace("e-0", "e-")
    from decimal import Decimal

    return f"{Decimal(repr(number)):f}"


class WordsMatching(Expression, frozen=True):
    """The parts of the text `of` that match `pattern`, one without groups that means the same in Python and in Go."""

    of: Expression
    pattern: str

    def value(self, scope: Scope) -> Any:
        return re.findall(self.pattern, str(self.of.value(scope)))

    def source(self, context: Context) -> str:
        return f"(regexFindAll {quoted(self.pattern)} {self.of.source(context)} -1)"


class ItemsMatching(Expression, frozen=True):
    """The texts of the list `of`, each one line, in which `pattern` is found, one that means the same in Python and in Go."""

    of: Expression
    pattern: str

    def value(self, scope: Scope) -> Any:
        return [text for text in self.of.value(scope) if re.search(self.pattern, str(text))]

    def source(self, context: Context) -> str:
        lines = f"(join {quoted(chr(10))} {self.of.source(context)})"
        return f"(regexFindAll {quoted(f'(?m)^.*(?:{self.pattern}).*$')} {lines} -1)"


class EachPrefixed(Expression, frozen=True):
    """The texts of the list `of`, joined, with `prefix` before each; empty for an empty list."""

    of: Expression
    prefix: str

    def value(self, scope: Scope) -> Any:
        return "".join(f"{self.prefix}{item}" for item in self.of.value(scope))

    def source(self, context: Context) -> str:
        return f'(join {quoted(self.prefix)} (prepend {self.of.source(context)} ""))'


class Sha256(Expression, frozen=True):
    """The SHA-256 of a text, in hexadecimal."""

    of: str | Expression

    def value(self, scope: Scope) -> Any:
        return of_text(str(evaluated(self.of, scope)))

    def source(self, context: Context) -> str:
        return f"(sha256sum {operand(self.of, context)})"
