"""How many connections services open: the sum of their pools, which the server, or the pooler before it, must have room for."""

from __future__ import annotations

from collections.abc import Iterator

from tierwright.components.data.postgres.sessions import pools_of
from tierwright.components.data.postgres.values import DatabasePool, values_of
from tierwright.config.problems import counted
from tierwright.model.part import Complaint
from tierwright.model.platform import Platform
from tierwright.model.workloads import most_pods

_SURGE = 1
"""The pods of the pooler that a rollout adds."""

_LARGEST = "all services at their largest, rollouts counted, open"


def connections(platform: Platform, name: str) -> Iterator[Complaint]:
    """The pools of all services fit into what the server offers; a sum, which the chart cannot check.

    With a pooler, its own pools and those of who passes it do, and those of its clients into what one of its pods takes.
    """
    postgres = values_of(platform, name)
    pooler, usable = postgres.pooler, postgres.max_connections - postgres.reserved_connections
    opened = [_opened(platform, client, name, pooled=pooler.enabled) for client in platform.catalogue.services]
    through, direct = (sum(pools) for pools in zip(*opened, strict=True))
    remedy = "raise it, or lower database.poolSize or autoscaling.maxReplicas"
    if through > pooler.max_client_connections:
        wrong = f"{_LARGEST} {counted(through, 'connection')}, but a pod of the pooler takes {pooler.max_client_connections}"
        yield Complaint(("pooler", "maxClientConnections"), wrong, remedy)
    if postgres.topology == "external":
        return
    own = (pooler.replicas + _SURGE) * (pooler.pool_size + 1)
    if not pooler.enabled and direct > usable:
        wrong = f"{_LARGEST} {counted(direct, 'connection')}, but there is room for {usable}"
        yield Complaint(("maxConnections",), wrong, remedy)
    if pooler.enabled and own + direct > usable:
        both = f"the pools of its pods and {direct} connections past it" if direct else "the pools of its pods"
        wrong = f"at their largest, {both} open {counted(own + direct, 'connection')}, but there is room for {usable}"
        yield Complaint(("pooler", "poolSize"), wrong, "lower it or pooler.replicas, or raise maxConnections")


def _opened(platform: Platform, client: str, name: str, *, pooled: bool) -> tuple[int, int]:
    """The connections that all pods of a service open at most: to the pooler, and to the server.

    Reads count for the primary too: a member that becomes it keeps the connections that it has.
    """
    service, values = platform.catalogue.services[client], platform.values_of(client)
    if not values.enabled:
        return 0, 0
    pool: DatabasePool = values.database  # type: ignore[attr-defined] # a field that this kind adds
    size = most_pods(service, values) * pool.pool_size
    through, direct = pools_of(service, name, pooled=pooled)
    return size * through, size * direct
