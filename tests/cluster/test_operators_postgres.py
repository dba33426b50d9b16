"""The real CloudNativePG runs the PostgreSQL that the platform tells it of, with Debian 13's PostgreSQL 17 as its image."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster.api import Object
from tests.cluster.faults import force_delete
from tests.cluster.node import Node
from tests.cluster.platform import castiel_of, is_ready
from tests.cluster.replicated import MEMBERS, Cluster, assert_nothing_is_lost, record, render_replicated
from tests.cluster.requirement import say
from tests.cluster.tools import build, operators, sources
from tests.cluster.waiting import wait_for
from tests.rendering import Rendered

IMAGE = "castiel.test/cloudnative-postgres:17"
VALUES: dict[str, Any] = {
    "topology": "cloudnative-pg",
    "cloudnativePg": {"image": {"repository": IMAGE.rpartition(":")[0], "tag": "17"}},
    "sharedBuffersPercent": 3,  # the operator wants them within the request of memory, which is small here
    "extensions": ["pg_trgm"],
    "pooler": {"enabled": True, "replicas": 1, "poolSize": 4},
    "initSql": 'CREATE TABLE notes (note text);\nALTER TABLE notes OWNER TO :"user";\n',
}
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


class Operated(Cluster):
    """The members that the operator makes."""

    def pods(self) -> list[Object]:
        found = self.platform.node.pods(self.platform.namespace, selector="cnpg.io/cluster=postgres,cnpg.io/podRole=instance")
        return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]

    def primary(self) -> Object:
        (found,) = [pod for pod in self.pods() if pod["metadata"]["labels"].get("cnpg.io/instanceRole") == "primary"]
        return found

    def query(self, pod: Object, question: str) -> list[str]:
        return self.run(pod, f'exec psql -XAt -v ON_ERROR_STOP=1 -d ledger -c "{question}"').splitlines()

    def wait_until_whole(self, *, members: int = MEMBERS, timeout: float = 300) -> None:
        def whole() -> bool:
            if sum(map(is_ready, self.pods())) != members:
                return False
            copying = self.query(self.primary(), "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'quorum'")
            return copying == [str(members - 1)]

        wait_for("all members", whole, timeout=timeout, interval=1, explain=self.explain)

    def explain(self) -> str:
        where = ("--namespace", self.platform.namespace)
        told = self.platform.node.kubectl("get", "clusters.postgresql.cnpg.io,pods,jobs,pvc", *where, "--output", "wide")
        said = [self.platform.node.kubectl("logs", *where, pod["metadata"]["name"], "--tail=25") for pod in self.pods()]
        log = self.platform.node.kubectl("logs", "--namespace", "cnpg-system", "deployment/cnpg-controller-manager", "--tail=40")
        return "\n".join([told, *said, log])


@pytest.fixture(name="operated_node", scope="module")
def _operated_node(node: Node) -> Node:
    """The node with the operator, as its release says but for what a busy node of tests needs."""
    build(which=operators("cloudnative-pg"))
    operator, plugin = (f"github.com/cloudnative-pg/{name}" for name in ("cloudnative-pg", "plugin-barman-cloud"))
    release = sources("cloudnative-pg", operator) / "releases" / "cnpg-1.29.0.yaml"
    definition = sources("barman-cloud", plugin) / "config" / "crd" / "bases" / "barmancloud.cnpg.io_objectstores.yaml"
    objects = [one for path in (release, definition) for one in yaml.safe_load_all(path.read_text()) if one]
    (deployment,) = (one for one in objects if one["kind"] == "Deployment")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    container["imagePullPolicy"] = "IfNotPresent"
    container["resources"] = {"requests": {"cpu": "10m", "memory": "100Mi"}}
    container["startupProbe"]["failureThreshold"] = 60
    node.provide_images([container["image"]])
    text = "".join(f"---\n{json.dumps(one)}\n" for one in objects)
    # What kubectl would note of the definitions by itself is too long for an annotation.
    node.kubectl("apply", "--server-side", "--filename", "-", stdin=text)
    node.wait_for_pods("cnpg-system", timeout=300)
    return node


def rendered_with(folder: Path, **more: Any) -> Rendered:
    return render_replicated(folder, **{**VALUES, **more})


@pytest.fixture(name="cluster", scope="module")
def _cluster(operated_node: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operated]:
    """The platform; its members are whole, and the writer writes."""
    platform = castiel_of(operated_node, rendered_with(tmp_path_factory.mktemp("catalogue")), tmp_path_factory.mktemp("ledger"))
    platform.provide_images()
    operated_node.provide_images([IMAGE])
    started = Operated(platform)
    try:
        platform.start(timeout=600)
        started.wait_until_whole(timeout=600)
    except TimeoutError as problem:
        raise TimeoutError(f"{problem}\n{started.explain()}") from problem
    wait_for("the first rows", started.acknowledged, timeout=60, explain=started.explain)
    yield started
    platform.remove(wait=False)


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
