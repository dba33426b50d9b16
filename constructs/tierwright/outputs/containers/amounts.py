"""Amounts as container engines write them."""

from __future__ import annotations

import math
from decimal import Decimal

from tierwright.model.quantities import quantity

_LEAST_MEMORY, _LEAST_CORES = 6 * 2**20, Decimal("0.01")
"""The least to which Docker limits a container."""

_UNITS = (("g", 2**30), ("m", 2**20), ("k", 2**10))


def memory(text: str) -> str:
    """A quantity of bytes, whose units are binary there: `1g`, `512m`. Raises ValueError for what is no quantity."""
    amount = bytes_of(text)
    for unit, size in _UNITS:
        if amount and amount % size == 0:
            return f"{amount // size}{unit}"
    return f"{amount}b"


def memory_limit(text: str) -> str:
    """A quantity of bytes as the limit of a container, none below the least that there can be; 0 is no limit."""
    amount = bytes_of(text)
    return memory(str(max(amount, _LEAST_MEMORY) if amount else 0))


def bytes_of(text: str) -> int:
    """A quantity as a number of bytes, rounded up. Raises ValueError for what is no quantity."""
    return math.ceil(quantity(text))


def cpus(text: str) -> str:
    """A quantity of cores, none below the least that there can be: `0.25`, `2`. 0 is no limit.

    Raises ValueError for what is no quantity.
    """
    amount = quantity(text)
    return f"{max(amount, _LEAST_CORES).normalize() if amount else 0:f}"
