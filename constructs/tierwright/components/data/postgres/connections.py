"""How many connections services open: the sum of their pools, which the server must have room for."""

from __future__ import annotations

from collections.abc import Iterator

from tierwright.components.data.postgres.values import DatabasePool, values_of
from tierwright.config.problems import counted
from tierwright.model.part import Complaint
from tierwright.model.platform import Platform
from tierwright.model.workloads import most_pods


def connections(platform: Platform, name: str) -> Iterator[Complaint]:
    """The pools of all services fit into what the server offers; a sum, which the chart cannot check."""
    postgres = values_of(platform, name)
    if postgres.topology == "external":
        return
    pools = sum(_opened(platform, client, name) for client in platform.catalogue.services)
    usable = postgres.max_connections - postgres.reserved_connections
    if pools > usable:
        opened = f"all services at their largest, rollouts counted, open {counted(pools, 'connection')}"
        wrong = f"{opened}, but there is room for {usable}"
        yield Complaint(("maxConnections",), wrong, "raise it, or lower database.poolSize or autoscaling.maxReplicas")


def _opened(platform: Platform, client: str, name: str) -> int:
    """The connections that all pods of a service open at most: a pool to each endpoint that it reaches.

    Reads count for the primary too: a member that becomes it keeps the connections that it has.
    """
    service, values = platform.catalogue.services[client], platform.values_of(client)
    if not values.enabled:
        return 0
    pool: DatabasePool = values.database  # type: ignore[attr-defined] # a field that this kind adds
    endpoints = {reach.target for reach in service.reaches if reach.owner == name}
    return len(endpoints) * most_pods(service, values) * pool.pool_size
