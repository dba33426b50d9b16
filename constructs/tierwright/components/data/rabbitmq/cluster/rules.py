"""Rules over the values of several nodes, whether an operator runs them or not."""

from __future__ import annotations

from collections.abc import Iterator

from tierwright.components.data.rabbitmq.cluster.scripts import LEAVING
from tierwright.components.data.rabbitmq.cluster.server import is_cluster
from tierwright.components.data.rabbitmq.values import MOST_MEMBERS, Rabbitmq
from tierwright.components.data.settings import kept_settings
from tierwright.expressions.conditions import all_of, any_of, opposite
from tierwright.kit.rules import Rule

_SHUTDOWN = 30
"""Seconds that the server has to end after it has left."""

_KEPT = (r"cluster_formation\..*", r"cluster_partition_handling(\..*)?")


def _rules(rabbitmq: Rabbitmq) -> Iterator[Rule]:
    values, path, cluster = rabbitmq.values, rabbitmq.path, any_of(is_cluster(rabbitmq), rabbitmq.is_operated)
    members = values.cluster.members
    yield Rule(
        path=("cluster", "members"),
        broken=all_of(cluster, members < 3),
        wrong="so few nodes have no majority when one of them is away, and stop",
        allowed=f"set 3, 5 or 7, or {path}.topology: single",
    )
    yield Rule(
        path=("cluster", "members"),
        broken=all_of(cluster, any_of(*(members == number for number in range(4, MOST_MEMBERS, 2)))),
        wrong="an even number of nodes endures no more losses than one less, and two halves that lose each other both stop",
        allowed="set 3, 5 or 7",
    )
    yield Rule(
        path=("storage", "persistent"),
        broken=all_of(cluster, opposite(values.storage.persistent)),
        wrong="the others refuse a node that comes back without its data",
        allowed=f"set it to true, or {path}.topology: single",
    )
    least = LEAVING + _SHUTDOWN
    yield Rule(
        path=("terminationGraceSeconds",),
        broken=all_of(cluster, values.termination_grace_seconds < least),
        wrong=f"a node that leaves waits up to {LEAVING} s for a majority without it, and needs time to end after that",
        allowed=f"set {least} or more",
    )
    by = f"{path}.topology and {path}.cluster decide such things"
    yield from kept_settings(values.config, *_KEPT, by=by, where=cluster)


RULES = (_rules,)
