"""Quantities as numbers: cores of CPU, bytes, or a count."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from functools import lru_cache

_DECIMAL = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15, "E": 10**18}
_BINARY = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50, "Ei": 2**60}
_SMALL = {"n": 10**9, "u": 10**6, "m": 10**3}
_WRITTEN = re.compile(r"(?P<number>[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))(?P<unit>[numkMGTPE]?|[KMGTPE]i|[eE][-+]?[0-9]{1,3})")


@lru_cache(maxsize=None, typed=True)
def quantity(text: str | float) -> Decimal:
    """A Kubernetes quantity as a number: cores, bytes or a count. Raises ValueError for a text that is not a quantity."""
    written = _WRITTEN.fullmatch(str(text))
    if written is None:
        raise ValueError(text)
    number, unit = Decimal(written["number"]), written["unit"]
    if unit in _SMALL:
        return number / _SMALL[unit]
    known = _DECIMAL | _BINARY
    return number * known[unit] if unit in known else number * Decimal(10) ** int(unit[1:])


def as_cores(amount: Decimal) -> str:
    """An amount of CPU, or a count, as Kubernetes writes it, rounded up: `2`, `1500m`."""
    thousandths = math.ceil(amount * 1000)
    return f"{thousandths}m" if thousandths % 1000 else f"{thousandths // 1000}"


def as_bytes(amount: Decimal) -> str:
    """An amount of bytes, rounded up to full Mi, as Kubernetes writes it: `1536Mi`, `2Gi`."""
    whole, unit = math.ceil(amount / 2**20), "Mi"
    for larger in ("Gi", "Ti", "Pi"):
        if whole == 0 or whole % 1024:
            break
        whole, unit = whole // 1024, larger
    return f"{whole}{unit}" if whole else "0"
