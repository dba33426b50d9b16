"""The real Cluster Operator runs the RabbitMQ that the platform tells it of, with Debian 13's RabbitMQ 4.0 as its image."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.api import Object
from tests.cluster.faults import force_delete, kill_main_process
from tests.cluster.installing import install, objects_in
from tests.cluster.letters import MEMBERS, QUEUE, Brokers, published, render_letters
from tests.cluster.node import Node
from tests.cluster.platform import castiel_of, is_ready
from tests.cluster.requirement import say
from tests.cluster.tools import build, operators, sources, tool
from tests.cluster.waiting import wait_for
from tests.rendering import Rendered
from tierwright.model.quantities import quantity

IMAGE = "castiel.test/rabbitmq-4:4.0"
NAME = "rabbitmq-cluster"
SYSTEM = "rabbitmq-system"
ROLLOUT = 600
MOST = 5
"""Seconds for which a publisher gets no confirmation when one node is lost, as with the platform's own cluster."""

# Any Secret of the namespace does; this one is made with the platform.
VALUES: Mapping[str, Any] = {
    "topology": "operator",
    "users": {"reader": {"secret": "rabbitmq-credentials", "key": "erlang-cookie", "tag": "monitoring"}},
    "definitions": {"vhosts": [{"name": "reports"}]},
    "config": {"heartbeat": "30"},
}
OTHERS: Mapping[str, Any] = {
    "relaxed": {"cluster": {"members": 5, "spread": {"nodes": "ScheduleAnyway"}}},
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
            },
        }
    },
    "set": {"config": {"channel_max": "2047"}, "podAnnotations": {"a": "b"}, "vhost": "jobs", "security": {"user": 100}},
    "stored": {"storage": {"size": "5Gi", "storageClass": "standard"}, "scratch": "2Gi", "terminationGraceSeconds": 90},
    "with TLS": {"tls": {"enabled": True, "secret": "own"}},
    "watched": {"metrics": {"namespaces": ["monitoring"]}, "developerAccess": {"enabled": True, "cidrs": ["10.9.0.0/16"]}},
}

Fault = Callable[[Node, Object], None]


@pytest.fixture(name="operated_node", scope="module")
def _operated_node(node: Node) -> Node:
    """The node with the operator, as its release says but for what a busy node of tests needs."""
    build(which=operators("rabbitmq-operator"))
    config = sources("rabbitmq-operator", "github.com/rabbitmq/cluster-operator/v2") / "config" / "installation"
    built = subprocess.run([tool("kustomize"), "build", config], check=True, capture_output=True, text=True)
    install(node, objects_in(built.stdout))
    return node


class Operated(Brokers):
    """The nodes that the operator makes."""

    def conditions(self) -> dict[str, str]:
        """What the operator says of them."""
        path = f"/apis/rabbitmq.com/v1beta1/namespaces/{self.platform.namespace}/rabbitmqclusters/{NAME}"
        status = self.platform.node.api.request("GET", path).get("status", {})
        return {one["type"]: one["status"] for one in status.get("conditions", [])}

    def explain(self) -> str:
        log = self.platform.node.kubectl("logs", "--namespace", SYSTEM, "deployment/rabbitmq-cluster-operator", "--tail=60")
        return f"{super().explain()}\n{log}"


@pytest.fixture(name="brokers", scope="module")
def _brokers(operated_node: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operated]:
    """The platform, with three nodes that are whole."""
    rendered = render_letters(tmp_path_factory.mktemp("catalogue"), IMAGE, **VALUES)
    platform = castiel_of(operated_node, rendered, tmp_path_factory.mktemp("letters"))
    platform.provide_images()
    operated_node.provide_images([IMAGE])
    started = Operated(platform, workload=NAME, stem=f"{NAME}-server")
    try:
        try:
            platform.start(timeout=400)
            started.wait_until_whole(timeout=300)
        except TimeoutError as problem:
            raise TimeoutError(f"{problem}\n{started.explain()}") from problem
        yield started
    finally:
        started.remove()


def test_the_operator_finds_nothing_in_its_way(brokers: Operated) -> None:
    def content() -> bool:
        found = brokers.conditions()
        return found.get("ReconcileSuccess") == found.get("AllReplicasReady") == found.get("ClusterAvailable") == "True"

    wait_for("the operator to be content", content, timeout=120, explain=brokers.explain)
    services = brokers.platform.node.api.items(f"/api/v1/namespaces/{brokers.platform.namespace}/services")
    assert {one["metadata"]["name"] for one in services if one["metadata"]["name"].startswith("rabbitmq")} == {
        "rabbitmq",
        "rabbitmq-cluster",
        "rabbitmq-cluster-nodes",
        "rabbitmq-ready",
    }


def test_a_first_start_gives_one_cluster_whose_queues_have_a_copy_on_each_node(brokers: Operated) -> None:
    """The queue is declared without a type, as clients do that know nothing of clusters."""
    assert all(len(brokers.running(number)) == MEMBERS for number in range(MEMBERS))
    with published(brokers):
        kinds = brokers.ask("rabbitmqctl", "-q", "list_queues", "--no-table-headers", "name", "type").split()
        assert kinds == [QUEUE, "quorum"]
        status = brokers.ask("rabbitmq-queues", "-q", "quorum_status", QUEUE)
        assert all(f"rabbit@{NAME}-server-{number}." in status for number in range(MEMBERS))


def test_only_the_users_of_the_values_are_there(brokers: Operated) -> None:
    def listed(what: str, *options: str) -> list[list[str]]:
        lines = brokers.ask("rabbitmqctl", "-q", what, "--no-table-headers", *options).splitlines()
        return sorted(line.split("\t") for line in lines)

    assert listed("list_users") == [["letters", "[]"], ["reader", "[monitoring]"]]
    assert listed("list_permissions") == [["letters", ".*", ".*", ".*"]]
    assert [vhost for vhost, _ in listed("list_vhosts", "name", "default_queue_type")] == ["/", "reports"]


def test_nodes_have_the_settings_of_the_values_and_no_token(brokers: Operated) -> None:
    def told(key: str, application: str = "rabbit") -> str:
        return brokers.ask("rabbitmqctl", "-q", "eval", f"application:get_env({application}, {key}).").strip()

    limit = brokers.pod(0)["spec"]["containers"][0]["resources"]["limits"]["memory"]
    assert told("total_memory_available_override_value") == f'{{ok,"{quantity(limit) // 1024}kiB"}}'
    assert told("heartbeat") == "{ok,30}"
    assert told("cluster_partition_handling") == "{ok,pause_minority}"
    for pod in brokers.pods():
        assert not [one for one in pod["spec"]["volumes"] if one["name"].startswith("kube-api-access")]


@pytest.mark.parametrize(("fault", "number"), [(force_delete, 0), (force_delete, 2), (kill_main_process, 1)])
def test_no_confirmed_message_is_lost_with_a_node(
    brokers: Operated, fault: Fault, number: int, request: pytest.FixtureRequest
) -> None:
    """`kubectl delete pod --grace-period=0 --force`, and the kernel's out-of-memory killer."""
    brokers.wait_until_whole()
    with published(brokers) as found:
        fault(brokers.platform.node, brokers.pod(number))
        found.goes_on()
        wait_for("the fault", lambda: not all(map(is_ready, brokers.pods())) or len(brokers.pods()) < MEMBERS, timeout=30)
        brokers.wait_until_whole()
    outage = found.outage()
    say(f"{fault.__name__} {number}: {outage:.1f} s without a confirmation, {len(found.confirmed)} confirmed", request.config)
    assert found.lost == []
    assert len(found.confirmed) > 100
    assert outage <= MOST


def test_a_rolling_restart(brokers: Operated, request: pytest.FixtureRequest) -> None:
    """As the operator does one when a setting changes: each node waits before it leaves until no queue loses its majority."""
    node, where = brokers.platform.node, ("--namespace", brokers.platform.namespace, f"statefulset/{NAME}-server")
    before = {pod["metadata"]["uid"] for pod in brokers.pods()}
    with published(brokers) as found:
        node.kubectl("rollout", "restart", *where)
        node.kubectl("rollout", "status", *where, f"--timeout={ROLLOUT}s", timeout=ROLLOUT + 20)
        assert not before & {pod["metadata"]["uid"] for pod in brokers.pods()}
        brokers.wait_until_whole()
    say(f"a rolling restart: {found.outage():.1f} s without a confirmation, {len(found.confirmed)} confirmed", request.config)
    assert found.lost == []
    assert found.outage() <= MOST


@pytest.mark.parametrize("which", OTHERS)
def test_whatever_the_values_make_of_it_fits_the_operators_definition(operated_node: Node, which: str, tmp_path: Path) -> None:
    """A field that is unknown is an error."""
    rendered: Rendered = render_letters(tmp_path, IMAGE, **{**VALUES, **OTHERS[which]})
    one = rendered.get("RabbitmqCluster", NAME)
    text = json.dumps({**one, "metadata": {**one["metadata"], "namespace": "default"}})
    answer = operated_node.kubectl("apply", "--dry-run=server", "--validate=strict", "--filename", "-", stdin=text)
    assert answer.splitlines() == [f"rabbitmqcluster.rabbitmq.com/{NAME} created (server dry run)"]
