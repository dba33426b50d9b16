"""Values of Redis."""

from typing import Annotated, Literal

from msgspec import Meta

from tierwright.components.data.backups.snapshot_values import Snapshots
from tierwright.components.data.settings import LINE
from tierwright.kit.instance import Instance
from tierwright.model.composed import Entry
from tierwright.model.data_values import Operation
from tierwright.model.names import pattern
from tierwright.model.running_values import Spread
from tierwright.model.workload_values import Resources

COMMAND = pattern("redis-command", r"^[a-z][a-z0-9_.-]*(\|[a-z][a-z0-9-]*)?\Z", "a command such as keys, or client|list")

SETTING_NAME = pattern("redis-setting-name", r"^[a-z][a-z0-9-]*\Z", "a setting such as maxclients")


class Replication(Entry, frozen=True, kw_only=True):
    """The servers of a topology with several of them."""

    spread: Spread
    """How the pods are spread; DoNotSchedule lets a single machine have them all."""


class Sentinel(Entry, frozen=True, kw_only=True):
    """The sentinels of `topology: sentinel`, one beside each server."""

    resources: Resources


class RedisValues(Operation, frozen=True, kw_only=True):
    """Redis."""

    topology: Literal["single", "sentinel", "cluster", "external"]  # type: ignore[assignment] # more than others have
    """`single`: one pod in the cluster. `sentinel`: three servers, of which sentinels make one the primary. `cluster`: six
    nodes: three primaries with a part of the keys each, and their replicas. Clients must speak either, and the catalogue say
    so. `external`: it runs elsewhere, and only policies and gates are made."""
    replication: Replication
    sentinel: Sentinel
    auth: bool
    """Whether it asks for a password. false: whoever its policy lets in may give commands, and there is neither a Secret nor
    an administrator."""
    config: dict[Annotated[str, Meta(pattern=SETTING_NAME)], Annotated[str, Meta(pattern=LINE)]]
    """Further lines of redis.conf, laid over ours: `appendonly: "no"`. A change restarts the server."""
    max_memory_percent: Annotated[int, Meta(ge=1, le=75)]
    """Percent of the memory limit for data; the rest is for the copies that a fork makes."""
    eviction_policy: Literal["noeviction", "allkeys-lru", "allkeys-lfu", "volatile-lru", "volatile-lfu", "volatile-ttl"]
    """What Redis removes when the memory is full."""
    allowed_commands: list[Annotated[str, Meta(pattern=COMMAND)]]
    """Commands that services may run although Redis counts them as dangerous; clients run `info`."""
    backup: Snapshots


Redis = Instance[RedisValues]
"""One data service of this kind, as its functions see it."""
