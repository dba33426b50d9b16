"""Rules over the values of the topologies with several servers."""

from __future__ import annotations

from collections.abc import Iterator

from tierwright.components.data.redis.cluster.server import is_cluster
from tierwright.components.data.redis.sentinel.server import is_sentinel
from tierwright.components.data.redis.values import Redis
from tierwright.components.data.settings import kept_settings
from tierwright.expressions.conditions import NEVER, all_of, any_of, opposite
from tierwright.kit.rules import Rule

LEAST_GRACE = 30
"""Seconds: a primary that leaves takes up to 15 to hand over (leave.sh), and then needs time to end."""

_KEPT = (
    *("appendonly", "replica-.*", "slave-.*", "min-(replicas|slaves)-.*", "repl-diskless-sync-delay", "cluster-.*"),
    *("masteruser", "masterauth"),
)


def _rules(redis: Redis) -> Iterator[Rule]:
    values, path, several = redis.values, redis.path, any_of(is_sentinel(redis), is_cluster(redis))
    if several == NEVER:
        return
    yield Rule(
        path=("storage", "persistent"),
        broken=all_of(several, opposite(values.storage.persistent)),
        wrong="a server that comes back without its data could be the primary, and the others would drop theirs",
        allowed=f"set it to true, or {path}.topology: single",
    )
    yield Rule(
        path=("auth",),
        broken=all_of(several, opposite(values.auth)),
        wrong="the servers log in to one another as users with passwords, and may do more there than services",
        allowed=f"set it to true, or {path}.topology: single",
    )
    yield Rule(
        path=("terminationGraceSeconds",),
        broken=all_of(several, values.termination_grace_seconds < LEAST_GRACE),
        wrong="a primary that leaves hands over in up to 15 s, and needs time to end after that",
        allowed=f"set {LEAST_GRACE} or more",
    )
    yield from kept_settings(values.config, *_KEPT, by=f"{path}.topology decides such things", where=several)
    by = "a server knows by these names whether it has data"
    yield from kept_settings(values.config, "appenddirname", "dbfilename", by=by, where=is_sentinel(redis))


RULES = (_rules,)
