"""Fingerprints: texts of one length that change whenever what they are of does."""

from __future__ import annotations

from typing import Any

from tierwright.expressions.expression import Context, Expression, Scope
from tierwright.expressions.json_text import Json
from tierwright.expressions.sha256 import of_text
from tierwright.expressions.tree import Include, begins_open

DIGITS = 8


class Digest(Expression, frozen=True):
    """The SHA-256 of what a named template of lines gives, in hexadecimal, without the last line break."""

    call: Include

    def value(self, scope: Scope) -> Any:
        return of_text(str(self.call.value(scope)).rstrip("\n"))

    def source(self, context: Context) -> str:
        trimmed = " | trim" if begins_open(self.call.template.body) else ""
        return f"({self.call.source(context)[1:-1]}{trimmed} | sha256sum)"


class Fingerprint(Expression, frozen=True):
    """The first hexadecimal digits of the SHA-256 of the map that a named template gives."""

    call: Include

    def value(self, scope: Scope) -> Any:
        return of_text(str(Json(self.call).value(scope)))[:DIGITS]

    def source(self, context: Context) -> str:
        return f"({Json(self.call).source(context)[1:-1]} | sha256sum | trunc {DIGITS})"
