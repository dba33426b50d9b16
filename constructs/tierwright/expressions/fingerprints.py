"""Fingerprints: short texts that change whenever what they are of does."""

from __future__ import annotations

from typing import Any

from tierwright.expressions.expression import Context, Expression, Scope
from tierwright.expressions.sha256 import of_text
from tierwright.expressions.tree import Include, Json

DIGITS = 8


class Fingerprint(Expression, frozen=True):
    """The first hexadecimal digits of the SHA-256 of the map that a named template gives."""

    call: Include

    def value(self, scope: Scope) -> Any:
        return of_text(str(Json(self.call).value(scope)))[:DIGITS]

    def source(self, context: Context) -> str:
        return f"({Json(self.call).source(context)[1:-1]} | sha256sum | trunc {DIGITS})"
