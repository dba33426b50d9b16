"""PostgreSQL with several members under faults: no acknowledged row is lost, none by two servers, and writes go on soon."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.faults import force_delete, kill_main_process
from tests.cluster.node import Node
from tests.cluster.platform import castiel_of
from tests.cluster.replicated import Cluster, Record, record, render_replicated
from tests.cluster.requirement import say
from tests.cluster.waiting import wait_for

FROZEN = 40
"""Seconds without the API server: twice as long as the primary's lock lives."""


@pytest.fixture(scope="module")
def cluster(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The platform; its members are whole, and the writer writes."""
    rendered = render_replicated(tmp_path_factory.mktemp("catalogue"))
    platform = castiel_of(node, rendered, tmp_path_factory.mktemp("ledger"))
    platform.provide_images()
    platform.start()
    started = Cluster(platform)
    started.wait_until_whole()
    wait_for(
        "the first rows", lambda: any(line.startswith("wrote") for line in started.said()), timeout=60, explain=started.explain
    )
    yield started
    platform.remove(wait=False)


_STOP_PATRONI = """
for process in /proc/[0-9]*; do
  if grep -q '^PPid:[[:space:]]*1$' "$process/status" && tr '\\0' ' ' < "$process/cmdline" | grep -q 'bin/patroni '; then
    kill -STOP "${process#/proc/}" && echo stopped
  fi
done
"""


def kill_server(cluster: Cluster) -> None:
    """As after the kernel's out-of-memory killer; Patroni lives on."""
    cluster.run(cluster.primary(), 'kill -KILL "$(head -n 1 "$PGDATA/postmaster.pid")"')


def delete_pod(cluster: Cluster) -> None:
    """`kubectl delete pod --grace-period=0 --force`."""
    force_delete(cluster.platform.node, cluster.primary())


def restart_container(cluster: Cluster) -> None:
    """The first process dies, and with it all in the container."""
    kill_main_process(cluster.platform.node, cluster.primary())


def switch_over(cluster: Cluster) -> None:
    """As before a maintenance of the primary's node."""
    cluster.patronictl("switchover --force")


def freeze_patroni(cluster: Cluster) -> None:
    """It hangs, and the server below it goes on."""
    assert cluster.run(cluster.primary(), _STOP_PATRONI).split() == ["stopped"]


def freeze_api_server(cluster: Cluster) -> None:
    """It answers nobody for a while."""
    process = cluster.platform.node.programs.running["kube-apiserver"].pid
    os.kill(process, signal.SIGSTOP)
    try:
        time.sleep(FROZEN)
    finally:
        os.kill(process, signal.SIGCONT)


def kill_all(cluster: Cluster) -> None:
    """As after a loss of power."""
    force_delete(cluster.platform.node, *cluster.pods())


FAULTS: list[tuple[Callable[[Cluster], None], float, bool]] = [
    (kill_server, 9, True),
    (delete_pod, 8, True),
    (restart_container, 8, True),
    (switch_over, 8, True),
    (freeze_patroni, 31, True),
    (freeze_api_server, 8, False),
]
"""A fault, the most seconds without an acknowledged row, and whether another member must be the primary then."""


@pytest.mark.parametrize(("fault", "most", "moves"), FAULTS, ids=[fault.__name__ for fault, _, _ in FAULTS])
def test_nothing_acknowledged_is_lost_and_writes_go_on_soon(
    cluster: Cluster, fault: Callable[[Cluster], None], most: float, moves: bool, request: pytest.FixtureRequest
) -> None:
    cluster.wait_until_whole()
    with record(cluster) as found:
        before = cluster.primary()["metadata"]["uid"]
        fault(cluster)
        if moves:
            wait_for("another primary", lambda: cluster.primary()["metadata"]["uid"] != before, timeout=60, explain=cluster.explain)
    say(f"{fault.__name__}: {found.outage:.1f} s without writes, {found.outage_of_reads:.1f} s without reads", request.config)
    _nothing_lost(found)
    assert len(found.servers) == (2 if moves else 1), found.servers
    assert found.outage <= most
    assert found.outage_of_reads <= most


def test_after_a_loss_of_all_members_everything_acknowledged_is_there(cluster: Cluster) -> None:
    cluster.wait_until_whole()
    with record(cluster) as found:
        before = {pod["metadata"]["uid"] for pod in cluster.pods()}
        kill_all(cluster)
        wait_for("others", lambda: not before & {pod["metadata"]["uid"] for pod in cluster.pods()}, timeout=60)
    _nothing_lost(found)


def test_changed_values_restart_the_members_one_after_another(cluster: Cluster, tmp_path: Path) -> None:
    """Patroni is told the settings anew, which it reads from no file."""
    cluster.wait_until_whole()
    changed = render_replicated(tmp_path / "catalogue", maxConnections=300, config={"work_mem": "5MB"})
    with record(cluster) as found:
        castiel_of(cluster.platform.node, changed, tmp_path / "changed").apply()
        wait_for("the new settings", lambda: _settings_of(cluster) == {("300", "5MB")}, timeout=240, explain=cluster.explain)
    _nothing_lost(found)


def _settings_of(cluster: Cluster) -> set[tuple[str, ...]]:
    question = "SELECT current_setting('max_connections') || ' ' || current_setting('work_mem')"
    return {tuple(cluster.query(pod, question)[0].split()) for pod in cluster.pods()}


def test_a_single_server_becomes_the_first_of_several_and_a_single_one_again(node: Node, tmp_path: Path) -> None:
    """As docs/postgres.md says: with its rows."""
    moves = "ledger-moves"
    forms: dict[str, dict[str, Any]] = {
        "single": {"topology": "single"},
        "several": {"topology": "replicated"},
        "again": {"topology": "single", "config": {"synchronous_standby_names": ""}},
    }
    platforms = {
        form: castiel_of(node, render_replicated(tmp_path / f"{form}.in", namespace=moves, **values), tmp_path / form)
        for form, values in forms.items()
    }
    single, several, again = platforms.values()
    single.provide_images()
    single.start()
    try:
        cluster = Cluster(several)
        acknowledged = _acknowledged(cluster)
        node.kubectl("delete", "statefulset", "postgres", "--namespace", moves)
        several.apply()
        cluster.wait_until_whole()
        assert acknowledged <= cluster.stored(cluster.primary())
        acknowledged = _acknowledged(cluster)
        if cluster.primary()["metadata"]["name"] != "postgres-0":
            cluster.patronictl("switchover --candidate postgres-0 --force")
        cluster.wait_until_whole()
        again.apply()
        again.wait_until_ready()
        (alone,) = cluster.pods()
        assert acknowledged <= cluster.stored(alone)
        assert _acknowledged(cluster) > acknowledged, "writes go on"
    finally:
        single.remove(wait=False)


def _acknowledged(cluster: Cluster) -> set[int]:
    """The rows that have been acknowledged, some more than before."""
    already = len(cluster.acknowledged())
    wait_for("rows", lambda: len(cluster.acknowledged()) > already + 50, timeout=60, explain=cluster.explain)
    return cluster.acknowledged()


def _nothing_lost(found: Record) -> None:
    assert len(found.rows) > 100
    assert found.lost == []
    assert len({row.number for row in found.rows}) == len(found.rows)
    assert len(set(found.servers)) == len(found.servers), f"servers took turns: {found.servers}"
