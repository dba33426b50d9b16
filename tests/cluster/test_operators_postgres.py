"""The real CloudNativePG runs the PostgreSQL that the platform tells it of, with Debian 13's PostgreSQL 17 as its image."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.api import Object
from tests.cluster.faults import force_delete
from tests.cluster.node import Node
from tests.cluster.operated import Operated, install_definition_of_plugin, install_operator, rendered_with, start_operated
from tests.cluster.replicated import assert_nothing_is_lost, record
from tests.cluster.requirement import say

OTHERS: Mapping[str, Any] = {
    "relaxed": {"replication": {"members": 5, "strict": False, "spread": {"nodes": "ScheduleAnyway"}}},
    "placed": {
        "placement": {
            "nodeSelector": {"disk": "ssd"},
            "tolerations": [{"key": "data", "operator": "Exists"}],
            "priorityClass": "system-cluster-critical",
            "affinity": {
                "nodeAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": {
                        "nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "Exists"}]}]
                    }
                },
                "podAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": [
                        {"labelSelector": {"matchLabels": {"a": "b"}}, "topologyKey": "rack"}
                    ]
                },
            },
        }
    },
    "set": {"config": {"work_mem": "16MB", "log_min_duration_statement": "1s"}, "podAnnotations": {"a": "b"}},
    "stored": {"storage": {"size": "5Gi", "storageClass": "standard"}, "scratch": "2Gi", "terminationGraceSeconds": 5},
}
MOST = 45
"""Seconds without an acknowledged row, on a node of two cores that has other work: 6 to 16 were measured."""


@pytest.fixture(name="operated_node", scope="module")
def _operated_node(node: Node) -> Node:
    install_operator(node)
    install_definition_of_plugin(node)
    return node


@pytest.fixture(name="cluster", scope="module")
def _cluster(operated_node: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operated]:
    started = start_operated(operated_node, tmp_path_factory.mktemp("ledger"))
    yield started
    started.platform.remove(wait=False)


def test_the_database_is_the_services_and_has_what_the_values_want_in_it(cluster: Operated) -> None:
    ask = "SELECT rolname, rolsuper FROM pg_database JOIN pg_roles ON pg_roles.oid = datdba WHERE datname = 'ledger'"
    assert cluster.query(cluster.primary(), ask) == ["ledger|f"]
    assert cluster.query(cluster.primary(), "SELECT tableowner FROM pg_tables WHERE tablename = 'notes'") == ["ledger"]
    assert "pg_trgm" in cluster.query(cluster.primary(), "SELECT extname FROM pg_extension")


def test_a_commit_waits_for_one_of_the_others(cluster: Operated) -> None:
    (names,) = cluster.query(cluster.primary(), "SHOW synchronous_standby_names")
    assert names.startswith("ANY 1 (")
    assert cluster.query(cluster.primary(), "SHOW max_connections") == ["250"]


def test_the_operator_has_made_no_service_but_the_one_that_its_members_need(cluster: Operated) -> None:
    services = cluster.platform.node.api.items(f"/api/v1/namespaces/{cluster.platform.namespace}/services")
    names = {one["metadata"]["name"] for one in services}
    assert {name for name in names if name.startswith("postgres")} == {
        "postgres",
        "postgres-pooler",
        "postgres-replicas",
        "postgres-ready",
        "postgres-rw",
    }


def delete_pod(cluster: Operated) -> None:
    """`kubectl delete pod --grace-period=0 --force`."""
    force_delete(cluster.platform.node, cluster.primary())


def kill_server(cluster: Operated) -> None:
    """As after the kernel's out-of-memory killer."""
    cluster.run(cluster.primary(), 'kill -KILL "$(head -n 1 "$PGDATA/postmaster.pid")"')


@pytest.mark.parametrize(("fault", "written"), [(delete_pod, "wrote"), (kill_server, "wrote"), (delete_pod, "pooled")])
def test_nothing_acknowledged_is_lost_and_writes_go_on(
    cluster: Operated, fault: Callable[[Operated], None], written: str, request: pytest.FixtureRequest
) -> None:
    cluster.wait_until_whole()
    with record(cluster) as recorded:
        fault(cluster)
    found = recorded.through_pooler if written == "pooled" else recorded
    say(
        f"{fault.__name__}, {written}: {found.outage:.1f} s without writes, {found.outage_of_reads:.1f} s without reads",
        request.config,
    )
    assert_nothing_is_lost(found)
    assert found.outage <= MOST


def tried(node: Node, *objects: Object) -> list[str]:
    """What the API server would do with them, with the operator's own checks; a field that is unknown is an error."""
    text = "".join(f"---\n{json.dumps(one)}\n" for one in objects)
    return node.kubectl("apply", "--dry-run=server", "--validate=strict", "--filename", "-", stdin=text).splitlines()


@pytest.mark.parametrize("which", OTHERS)
def test_whatever_the_values_make_of_it_fits_the_operators_definition(operated_node: Node, which: str, tmp_path: Path) -> None:
    rendered = rendered_with(tmp_path / "catalogue", namespace="default", **OTHERS[which])
    answer = tried(operated_node, rendered.get("Cluster", "postgres"))
    assert answer == ["cluster.postgresql.cnpg.io/postgres created (server dry run)"]


@pytest.mark.parametrize("schedule", ["0 2 * * 1-5", "@daily"])
def test_backups_fit_the_definitions_of_the_operator_and_of_its_plugin(operated_node: Node, schedule: str, tmp_path: Path) -> None:
    bucket = {"host": "s3.example", "bucket": "backups", "secret": {"name": "bucket"}, "ca": {"name": "own"}}
    backup = {"enabled": True, "method": "barman-cloud", "schedule": schedule, "repository": {"s3": bucket}}
    backup["restoreTest"] = {"enabled": False}
    rendered = rendered_with(tmp_path / "catalogue", namespace="default", backup=backup)
    kinds = {"Cluster": "postgres", "ObjectStore": "postgres-backup", "ScheduledBackup": "postgres-backup"}
    assert tried(operated_node, *(rendered.get(kind, name) for kind, name in kinds.items())) == [
        "cluster.postgresql.cnpg.io/postgres created (server dry run)",
        "objectstore.barmancloud.cnpg.io/postgres-backup created (server dry run)",
        "scheduledbackup.postgresql.cnpg.io/postgres-backup created (server dry run)",
    ]
