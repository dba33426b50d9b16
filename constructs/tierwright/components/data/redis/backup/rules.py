"""Rules over the values of the backup of Redis."""

from __future__ import annotations

from collections.abc import Iterator

from tierwright.components.data.backups.jobs import persists, restorable
from tierwright.components.data.backups.snapshots import complaints, rules
from tierwright.components.data.redis.values import Redis
from tierwright.components.data.settings import kept_settings
from tierwright.expressions.conditions import all_of, opposite
from tierwright.kit.rules import Rule


def _rules(redis: Redis) -> Iterator[Rule]:
    values, path, on = redis.values, redis.path, all_of(redis.values.backup.enabled)
    yield from rules(redis, values.backup)
    yield from persists(redis, on)
    yield from restorable(redis, on, path=("backup", "restore", "snapshot"), value=values.backup.restore.snapshot)
    yield Rule(
        path=("backup", "enabled"),
        also=(("auth",),),
        broken=all_of(on, opposite(values.auth)),
        wrong=f"{path}.auth is off, so there is no administrator, and nobody else may copy all data",
        allowed=f"set it to false, or switch {path}.auth on",
    )
    names = ("appenddirname", "appendfilename", "dbfilename", "aof-use-rdb-preamble")
    yield from kept_settings(values.config, *names, by="a restore puts files of these names in place", where=on)


RULES = (_rules,)
PROGRAM_RULES = (complaints,)
