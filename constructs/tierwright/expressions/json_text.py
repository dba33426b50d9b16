"""Plain data as JSON, letter by letter as Go writes it: keys sorted, no spaces, and escapes for what could end a script in HTML."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tierwright.expressions.expression import Context, Expression, Scope
from tierwright.expressions.tree import Include

_ESCAPED = str.maketrans({letter: f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"})
_LARGE, _SMALL = 1e21, 1e-6
"""The numbers from which on, and below which, Go writes an exponent."""


def json_text(value: Any) -> str:
    """The text of maps, lists and scalars; numbers as Helm has them, to which each is a float."""
    if isinstance(value, Mapping):
        return f"{{{','.join(f'{json_text(key)}:{json_text(value[key])}' for key in sorted(value))}}}"
    if isinstance(value, list):
        return f"[{','.join(map(json_text, value))}]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).translate(_ESCAPED)
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    return _number(float(value))


def _number(number: float) -> str:
    if number == 0 or _SMALL <= abs(number) < _LARGE:
        from decimal import Decimal

        return str(int(number)) if number.is_integer() else f"{Decimal(repr(number)):f}"
    return repr(number).replace("e-0", "e-")


class Json(Expression, frozen=True):
    """The map that a named template gives, as JSON without spaces, its keys sorted."""

    call: Include

    def value(self, scope: Scope) -> Any:
        return json_text(self.call.value(scope))

    def source(self, context: Context) -> str:
        return f"({self.call.source(context)[1:-1]} | fromYaml | toJson)"
