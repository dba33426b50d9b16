"""Amounts as container engines write them."""

from __future__ import annotations

import math

from tierwright.model.quantities import quantity

_LEAST = 6 * 2**20
"""The least memory to which Docker limits a container."""

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
    return memory(str(max(amount, _LEAST) if amount else 0))


def bytes_of(text: str) -> int:
    """A quantity as a number of bytes, rounded up. Raises ValueError for what is no quantity."""
    return math.ceil(quantity(text))


def cpus(text: str) -> str:
    """A quantity of cores: `0.25`, `2`. Raises ValueError for what is no quantity."""
    return f"{quantity(text).normalize():f}"
