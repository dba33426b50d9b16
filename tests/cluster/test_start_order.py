"""One service that does not get ready: exactly those behind it wait, and say for whom; released, everything goes on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.cluster.api import Object
from tests.cluster.node import Node
from tests.cluster.platform import BESIDE_CASTIEL, Castiel, castiel_of, is_ready, restarts_of, workload_of
from tests.cluster.starting import begun, behind, named_last, overtaken, ready_workloads, too_early, waits_of
from tests.cluster.waiting import wait_for
from tests.rendering import Rendered, render_with, secrets_read

HELD = "embeddings"
GRAPH: dict[str, Any] = {**BESIDE_CASTIEL, "namespace": {"name": "castiel-graph"}, "startup": {"order": "graph"}}
# The Secrets are made by hand, as no External Secrets operator runs there. Nor is there a bucket, or room for members.
ALONE: dict[str, dict[str, Any]] = {
    "postgres": {"topology": "single", "image": {"repository": "postgres"}, "backup": {"enabled": False}},
    "rabbitmq": {"topology": "single"},
    "redis": {"backup": {"enabled": False}},
}
PRODUCTION: dict[str, Any] = {
    **BESIDE_CASTIEL,
    **{name: {**BESIDE_CASTIEL[name], **alone} for name, alone in ALONE.items()},
    "namespace": {"name": "castiel-production"},
    "secrets": {"mode": "existing"},
}


def secrets_of(rendered: Rendered) -> list[Object]:
    """The Secrets that the platform reads, as somebody makes them by hand."""
    platform = rendered.platform
    where = platform.namespace
    found: list[Object] = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": where}}]
    for name, keys in secrets_read(platform).items():
        data = {key: f"made-by-hand-{key}" for key in keys}
        metadata = {"name": name, "namespace": where}
        found.append({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": data})
    return found


@pytest.fixture(scope="module", params=["graph", "production"])
def held(request: pytest.FixtureRequest, node: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Castiel]:
    """A platform of which everything is Ready that can be, while one service is held."""
    production = request.param == "production"
    rendered = render_with(PRODUCTION, environment="production") if production else render_with(GRAPH)
    castiel = castiel_of(node, rendered, tmp_path_factory.mktemp(request.param))
    if production:
        node.apply(secrets_of(rendered))
    castiel.provide_images({HELD: {"HOLD": "1"}})
    castiel.applied = castiel.apply()
    yield castiel
    castiel.provide_images()
    castiel.remove(wait=False)


def test_exactly_those_behind_a_held_service_wait_and_each_names_what_it_waits_for(held: Castiel) -> None:
    waiting = behind(held, HELD)
    services = {*held.rendered.platform.catalogue.services, *held.rendered.platform.data_services}
    free = services - waiting - {HELD}
    wait_for(
        "everything that is not behind it to be Ready",
        lambda: ready_workloads(held, held.node.pods(held.namespace)) == free,
        timeout=180,
        interval=0.5,
        explain=lambda: f"{held.missing()}\n{held.node.explain(held.namespace)}\n{held.drawn()}",
    )
    not_ready = waiting | {HELD}

    def named() -> bool:
        for pod in held.node.pods(held.namespace):
            name = workload_of(pod)
            if name in waiting and named_last(held, pod) not in waits_of(held, name) & not_ready:
                raise AssertionError(f"{pod['metadata']['name']} says: {held.gate_logs(pod)}")
        return True

    wait_for("each of those behind it to say what it waits for", named, timeout=30, interval=1)
    pods = held.node.pods(held.namespace)
    directly = {name for name in waiting if HELD in waits_of(held, name)}
    said = {workload_of(pod): named_last(held, pod) for pod in pods if workload_of(pod) in waiting}
    # A need of its own comes first; so one that waits for more than the held service may name what is behind that too.
    assert {name for name, target in said.items() if target == HELD} >= {
        name for name in directly if waits_of(held, name) & not_ready == {HELD}
    }
    assert [pod["metadata"]["name"] for pod in pods if workload_of(pod) in waiting and begun(pod)] == []
    assert [workload_of(pod) for pod in pods if workload_of(pod) == HELD and is_ready(pod)] == []


def test_a_released_service_lets_the_rest_start_in_order_without_a_restart(held: Castiel) -> None:
    wait_for("the held pods to answer", lambda: [held.node.ask(pod, "POST", "/release") for pod in held.pods_of(HELD)], timeout=60)
    held.wait_until_ready(timeout=240)
    held.pods = held.node.pods(held.namespace)
    assert too_early(held) == [], held.drawn()
    assert overtaken(held) == [], held.drawn()
    assert restarts_of(held.pods) == {}, held.drawn()
    assert held.applied is not None
    assert held.applied.warnings == ""
