"""Changes of a Redis that runs: a later version and more memory, passwords, and from one server to three with sentinels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from secrets import token_hex
from typing import Any

import pytest

from tests.cluster.node import Node
from tests.cluster.notes import IMAGE, Servers, recorded, render_notes
from tests.cluster.platform import BESIDE_CASTIEL, castiel_of

LATER = {"castiel.test/redis-8:8.0": "redis_version:8.0", "castiel.test/valkey-8:8.1": "valkey_version:8.1"}
"""By image, the version that its servers tell."""

MOST = 60
"""The most seconds for which nothing is acknowledged of a part of the keys. Of servers of one version it is 10: each hands over."""

LARGER = {**BESIDE_CASTIEL["redis"]["resources"], "limits": {"memory": "2Gi"}}

FORMS = {"single": (1, 1), "sentinel": (3, 1), "cluster": (6, 3)}
"""How many servers and how many primaries there are, by the topology."""

Start = Callable[..., Servers]


@pytest.fixture(name="start")
def _start(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Applies the platform with an image, a topology and further values; it is removed at the end of the test."""
    with ExitStack() as end:

        def start(image: str, topology: str, *, clients: str = "", **redis: Any) -> Servers:
            rendered = render_notes(tmp_path_factory.mktemp("catalogue"), image, topology, clients=clients, **redis)
            platform = castiel_of(node, rendered, tmp_path_factory.mktemp("notes"))
            platform.provide_images()
            end.callback(platform.remove)
            platform.apply()
            return Servers(platform, *FORMS[topology])

        yield start


def told(servers: Servers, section: str, name: str) -> set[str]:
    """The lines of this name in a section of what the servers tell of themselves."""
    lines = [line.strip() for pod in servers.pods() for line in servers.ask(pod, "info", section)]
    return {line for line in lines if line.startswith(f"{name}:")}


def rolled_out(servers: Servers, *workloads: str) -> None:
    """Wait for the rollout of the servers, and of further workloads."""
    for workload in ("statefulset/redis", *workloads):
        where = ("--namespace", servers.platform.namespace, workload, "--timeout=400s")
        servers.platform.node.kubectl("rollout", "status", *where, timeout=420)


def answers(servers: Servers, user: str, password: str) -> set[str]:
    """What the servers say to a user with this password."""
    who = ("redis-cli", "--no-auth-warning", "--user", user, "--pass", password, "ping")
    node, namespace = servers.platform.node, servers.platform.namespace
    return {
        node.exec(namespace, pod["metadata"]["name"], *who, container="redis").strip().splitlines()[0] for pod in servers.pods()
    }


@pytest.mark.parametrize("image", LATER)
@pytest.mark.parametrize("topology", ["sentinel", "cluster"])
def test_a_later_version_and_more_memory(
    start: Start, topology: str, image: str, record_property: Callable[[str, object], None]
) -> None:
    servers = start(IMAGE, topology)
    servers.wait_until_whole(timeout=240)
    (memory,) = told(servers, "memory", "maxmemory")
    with recorded(servers) as found:
        later = start(image, topology, resources=LARGER)
        rolled_out(later)
    outage = found.outage(servers.primaries_wanted)
    record_property("outage", round(outage, 1))
    assert found.lost("waited") == {}
    assert found.lost("plain") == {}
    assert outage <= MOST
    version = LATER[image]
    (now,) = told(later, "server", version.partition(":")[0])
    assert now.startswith(version)
    (larger,) = told(later, "memory", "maxmemory")
    assert int(larger.partition(":")[2]) > int(memory.partition(":")[2])


@pytest.mark.parametrize("topology", ["sentinel", "cluster"])
def test_other_passwords(start: Start, topology: str) -> None:
    """That of the services by a rollout, that of the administrator by deleting all pods, as docs/redis.md says."""
    servers = start(IMAGE, topology)
    node, namespace = servers.platform.node, servers.platform.namespace
    servers.wait_until_whole(timeout=240)
    first, *_ = servers.pods()
    servers.ask(first, "-c", "set", "idea", "first")
    with recorded(servers) as found:
        servers.platform.set_password("redis-credentials", new := token_hex(16))
        node.kubectl("rollout", "restart", "--namespace", namespace, "statefulset/redis", "deployment/writer")
        rolled_out(servers, "deployment/writer")
    assert found.lost("waited") == {}
    assert answers(servers, "default", new) == {"PONG"}
    assert answers(servers, "default", "another") == {"NOAUTH Authentication required."}

    with recorded(servers) as found:
        servers.platform.set_password("redis-administrator", new := token_hex(16))
        node.kubectl("delete", "pods", "--namespace", namespace, "--selector", "app.kubernetes.io/name=redis", "--wait=false")
        servers.goes_on(timeout=180)
    assert found.lost("waited") == {}
    assert answers(servers, "administrator", new) == {"PONG"}
    first, *_ = servers.pods()
    assert servers.ask(first, "-c", "get", "idea") == ["first"]


def test_from_one_server_to_three_with_sentinels(start: Start) -> None:
    """The data of the one is on all of them, and clients find the primary by the sentinels.

    Kubernetes restarts the first one only when the others are ready, and they wait for its sentinel: so it is deleted.
    """
    alone = start(IMAGE, "single", clients="sentinel")
    rolled_out(alone, "deployment/writer")
    (pod,) = alone.pods()
    alone.ask(pod, "set", "idea", "first")
    three = start(IMAGE, "sentinel")
    three.platform.node.kubectl("delete", "pod", "--namespace", three.platform.namespace, "redis-0")
    rolled_out(three, "deployment/writer")
    with recorded(three) as found:
        assert [three.ask(pod, "get", "idea") for pod in three.pods()] == [["first"]] * 3
    assert found.lost("waited") == {}
