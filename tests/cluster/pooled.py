"""PgBouncer before PostgreSQL on the node, and a client that shares its connections with others."""

from __future__ import annotations

from typing import Any

from tests.cluster.replicated import Cluster

POOLERS, POOL_SIZE = 2, 4
POOLER: dict[str, Any] = {"enabled": True, "replicas": POOLERS, "poolSize": POOL_SIZE}
"""The values of the pooler."""


def assert_prepared_statements_work(cluster: Cluster) -> None:
    """More clients than the pooler has connections share those in which their statement was prepared."""
    (writer,) = cluster.platform.pods_of("writer")
    ask = "SELECT max(number) FROM written WHERE number > :client_id;"
    run = f'pgbench -n -M prepared -c {3 * POOLERS * POOL_SIZE} -t 20 -f /tmp/ask "$DATABASE_URL"'
    said = cluster.run(writer, f"echo '{ask}' > /tmp/ask && {run}")
    assert "number of failed transactions: 0 (0.000%)" in said, said
