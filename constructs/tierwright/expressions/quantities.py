"""Expressions over quantities of Kubernetes, such as 1Gi."""

from __future__ import annotations

import re
from typing import Any

from tierwright.expressions.expression import Context, Expression, Scope, evaluated, operand

_UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}
_SHARE = 100 * 1024


class KilobytesOf(Expression, frozen=True):
    """A `percent` of the quantity `of`, in full kilobytes of 1024 bytes. The quantity is one that the values may have, or none."""

    of: Expression
    percent: int | Expression

    def value(self, scope: Scope) -> Any:
        percent = evaluated(self.percent, scope)
        written = re.fullmatch(r"([0-9]+)\.?([0-9]*)([A-Za-z]*)", str(self.of.value(scope)))
        if written is None:  # there is none, which a rule refuses; the chart computes 0 too
            return 0
        number, part, unit = written.groups()
        if unit == "m":  # thousandths of bytes
            number, part, unit = "0", "", ""
        return int(number + part) * _UNITS[unit] * percent // (_SHARE * 10 ** len(part))

    def source(self, context: Context) -> str:
        quantity = f"(toString {self.of.source(context)})"
        number, unit = f'(regexFind "^[0-9.]+" {quantity} | float64)', f'(regexFind "[A-Za-z]*$" {quantity})'
        units = " ".join(f'"{name}" {size}' for name, size in {**_UNITS, "m": 0}.items())
        percent = operand(self.percent, context)
        return f"(int64 (floor (divf (mulf {number} (index (dict {units}) {unit}) {percent}) {_SHARE})))"
