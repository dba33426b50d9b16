"""The name of the pooler, and the value that switches it on."""

from __future__ import annotations

from tierwright.model.part import Proxy

POOLER = "pooler"
"""The end of its name, after the data service."""

PROXY = Proxy(end=POOLER, switch=("pooler", "enabled"))
"""As others see it."""
