"""Expressions over texts: for URLs, patterns and lists of words."""

from __future__ import annotations

import hashlib
import re
from typing import Any
from urllib.parse import quote

from tierwright.expressions.expression import Context, Expression, Scope, evaluated, operand, quoted


class UrlEncoded(Expression, frozen=True):
    """A text for any part of a URL: everything but letters, digits, `-`, `.`, `_` and `~` is percent-encoded."""

    of: Expression

    def value(self, scope: Scope) -> Any:
        return quote(self.of.value(scope), safe="")

    def source(self, context: Context) -> str:
        # Go writes a space as +; a + of the text itself is %2B by then.
        return f'(urlquery {self.of.source(context)} | replace "+" "%20")'


class AsLabel(Expression, frozen=True):
    """An image's tag as a label's value: at most 63 characters, the first and last a letter or digit. It may be empty."""

    of: Expression

    def value(self, scope: Scope) -> Any:
        return self.of.value(scope)[:63].strip("_.-")

    def source(self, context: Context) -> str:
        return f'({self.of.source(context)} | trunc 63 | trimAll "_.-")'


class WithNumber(Expression, frozen=True):
    """A text in which an integer replaces every occurrence of a placeholder."""

    of: Expression
    placeholder: str
    number: int | Expression

    def value(self, scope: Scope) -> Any:
        number = self.number.value(scope) if isinstance(self.number, Expression) else self.number
        return self.of.value(scope).replace(self.placeholder, str(number))

    def source(self, context: Context) -> str:
        number = self.number.source(context) if isinstance(self.number, Expression) else self.number
        return f"(replace {quoted(self.placeholder)} (int64 {number} | toString) {self.of.source(context)})"


class WordsMatching(Expression, frozen=True):
    """The parts of a text that match a pattern without groups, one that means the same in Python and in Go."""

    of: Expression
    pattern: str

    def value(self, scope: Scope) -> Any:
        return re.findall(self.pattern, str(self.of.value(scope)))

    def source(self, context: Context) -> str:
        return f"(regexFindAll {quoted(self.pattern)} {self.of.source(context)} -1)"


class ItemsMatching(Expression, frozen=True):
    """The texts of a list, each one line, in which a pattern is found, one that means the same in Python and in Go."""

    of: Expression
    pattern: str

    def value(self, scope: Scope) -> Any:
        return [text for text in self.of.value(scope) if re.search(self.pattern, str(text))]

    def source(self, context: Context) -> str:
        lines = f"(join {quoted(chr(10))} {self.of.source(context)})"
        return f"(regexFindAll {quoted(f'(?m)^.*(?:{self.pattern}).*$')} {lines} -1)"


class EachPrefixed(Expression, frozen=True):
    """The texts of a list, joined, with the same prefix before each; empty for an empty list."""

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
        return hashlib.sha256(str(evaluated(self.of, scope)).encode()).hexdigest()

    def source(self, context: Context) -> str:
        return f"(sha256sum {operand(self.of, context)})"
