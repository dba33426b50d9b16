"""Changes of a Redis that runs: a later version, and more memory, by one rollout after which nobody misses a write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.cluster.node import Node
from tests.cluster.notes import IMAGE, Servers, recorded, render_notes
from tests.cluster.platform import BESIDE_CASTIEL, castiel_of

LATER = {"castiel.test/redis-8:8.0": "redis_version:8.0", "castiel.test/valkey-8:8.1": "valkey_version:8.1"}
"""By image, the version that its servers tell."""

LARGER = {**BESIDE_CASTIEL["redis"]["resources"], "limits": {"memory": "2Gi"}}

Start = Callable[..., Servers]


@pytest.fixture(name="start")
def _start(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Applies the platform with an image, a topology and further values; it is removed at the end of the test."""
    with ExitStack() as end:

        def start(image: str, topology: str, **redis: Any) -> Servers:
            rendered = render_notes(tmp_path_factory.mktemp("catalogue"), image, topology, **redis)
            platform = castiel_of(node, rendered, tmp_path_factory.mktemp("notes"))
            platform.provide_images()
            end.callback(platform.remove)
            platform.apply()
            return Servers(platform, 3) if topology == "sentinel" else Servers(platform, 6, 3)

        yield start


def told(servers: Servers, section: str, name: str) -> set[str]:
    """The lines of this name in a section of what the servers tell of themselves."""
    lines = [line.strip() for pod in servers.pods() for line in servers.ask(pod, "info", section)]
    return {line for line in lines if line.startswith(f"{name}:")}


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
        node, where = later.platform.node, ("--namespace", later.platform.namespace, "statefulset/redis")
        node.kubectl("rollout", "status", *where, "--timeout=400s", timeout=420)
    outage = found.outage(servers.primaries_wanted)
    record_property("outage", round(outage, 1))
    assert found.lost("waited") == {}
    assert found.lost("plain") == {}
    assert outage <= 10
    version = LATER[image]
    (now,) = told(later, "server", version.partition(":")[0])
    assert now.startswith(version)
    (larger,) = told(later, "memory", "maxmemory")
    assert int(larger.partition(":")[2]) > int(memory.partition(":")[2])
