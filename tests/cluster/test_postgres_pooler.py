"""PgBouncer before PostgreSQL under faults: no acknowledged row is lost, reads go on beside it, prepared statements work.

Each service has a login of its own, in the pooler and in each server that becomes the primary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cluster.faults import kill_main_process
from tests.cluster.node import Node
from tests.cluster.platform import castiel_of
from tests.cluster.replicated import Cluster, assert_nothing_is_lost, record, render_replicated, start_cluster
from tests.cluster.requirement import say
from tests.cluster.waiting import wait_for

POOLERS, POOL_SIZE = 2, 4
POOLER = {"enabled": True, "replicas": POOLERS, "poolSize": POOL_SIZE}


@pytest.fixture(scope="module")
def cluster(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The platform; its members are whole, and the writer writes."""
    started = start_cluster(node, tmp_path_factory.mktemp("ledger"), namespace="ledger-pooled", pooler=POOLER, loginPerService=True)
    yield started
    started.platform.remove(wait=False)


def kill_pooler(cluster: Cluster) -> None:
    """One of two; those that it serves connect anew."""
    kill_main_process(cluster.platform.node, cluster.platform.pods_of("postgres-pooler")[0])


def kill_server(cluster: Cluster) -> None:
    """As after the kernel's out-of-memory killer; Patroni lives on."""
    cluster.run(cluster.primary(), 'kill -KILL "$(head -n 1 "$PGDATA/postmaster.pid")"')


def switch_over(cluster: Cluster) -> None:
    """As before a maintenance of the primary's node."""
    cluster.patronictl("switchover --force")


@pytest.mark.parametrize(
    ("fault", "most", "primaries"),
    [(kill_pooler, 8, 1), (switch_over, 8, 2), (kill_server, 9, 2)],
    ids=["kill_pooler", "switch_over", "kill_server"],
)
def test_nothing_acknowledged_through_it_is_lost_and_writes_go_on_soon(
    cluster: Cluster, fault: Callable[[Cluster], None], most: float, primaries: int, request: pytest.FixtureRequest
) -> None:
    cluster.wait_until_whole()
    with record(cluster, "pooled") as found:
        before = cluster.primary()["metadata"]["uid"]
        fault(cluster)
        if primaries > 1:
            wait_for("another primary", lambda: cluster.primary()["metadata"]["uid"] != before, timeout=60, explain=cluster.explain)
    say(f"{fault.__name__}: {found.outage:.1f} s without writes, {found.outage_of_reads:.1f} s without reads", request.config)
    assert_nothing_is_lost(found)
    assert len(found.primaries) == primaries, found.primaries
    assert found.outage <= most
    assert found.outage_of_reads <= most


@pytest.mark.parametrize("url", ["DATABASE_URL", "DATABASE_DIRECT_URL", "DATABASE_REPLICA_URL"])
def test_a_service_logs_in_as_itself_and_acts_as_the_owner(cluster: Cluster, url: str) -> None:
    (writer,) = cluster.platform.pods_of("writer")
    asked = "SELECT session_user, current_user, tableowner FROM pg_tables WHERE tablename = 'written'"
    assert cluster.run(writer, f'psql -XAtq "${url}" -c "{asked}"') == "writer|ledger|ledger\n"


def _ask_prepared(cluster: Cluster) -> str:
    """What pgbench says: more clients than the pooler has connections share those in which their statement was prepared."""
    (writer,) = cluster.platform.pods_of("writer")
    ask = "SELECT max(number) FROM written WHERE number > :client_id;"
    run = f'pgbench -n -M prepared -c {3 * POOLERS * POOL_SIZE} -t 20 -f /tmp/ask "$DATABASE_URL"'
    return cluster.run(writer, f"echo '{ask}' > /tmp/ask && {run}")


def test_prepared_statements_outlive_the_transaction(cluster: Cluster) -> None:
    assert "number of failed transactions: 0 (0.000%)" in _ask_prepared(cluster)


def test_it_stands_before_a_single_server_too(node: Node, tmp_path: Path) -> None:
    rendered = render_replicated(tmp_path / "catalogue", namespace="ledger-single", topology="single", pooler=POOLER)
    platform = castiel_of(node, rendered, tmp_path / "manifests")
    platform.provide_images()
    platform.start()
    try:
        single = Cluster(platform)
        wait_for("a row", lambda: any(line.startswith("pooled ") for line in single.said()), timeout=60, explain=single.explain)
        assert "number of failed transactions: 0 (0.000%)" in _ask_prepared(single)
    finally:
        platform.remove(wait=False)
