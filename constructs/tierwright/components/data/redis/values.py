"""Values of Redis."""

from typing import Annotated, Literal

from msgspec import Meta

from tierwright.model.data_values import Operation
from tierwright.model.names import pattern

COMMAND = pattern("redis-command", r"^[a-z][a-z0-9_.-]*(\|[a-z][a-z0-9-]*)?\Z", "a command such as keys, or client|list")


class RedisValues(Operation, frozen=True, kw_only=True):
    """Redis."""

    max_memory_percent: Annotated[
        int, Meta(ge=1, le=75, description="Of the memory limit; the rest is for the copies a fork makes.")
    ]
    eviction_policy: Annotated[
        Literal["noeviction", "allkeys-lru", "allkeys-lfu", "volatile-lru", "volatile-lfu", "volatile-ttl"],
        Meta(description="What goes when the memory is full."),
    ]
    allowed_commands: Annotated[
        list[Annotated[str, Meta(pattern=COMMAND)]],
        Meta(description="Commands that services may give although Redis counts them as dangerous; clients ask for `info`."),
    ]
