"""Autoscaling on the node: a service scales up under load, and an apply leaves the autoscaler's number alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from tests.cluster.api import Object
from tests.cluster.images import names_in
from tests.cluster.platform import Castiel, is_ready
from tests.cluster.waiting import wait_for
from tests.rendering import render_with

SERVICE = "messaging"
MOST = 3
# As in production, but for a node with two processors: the load of one pod stays within a fifth of one.
OVERLAY = {
    "secrets": {"mode": "existing"},
    "services": {
        SERVICE: {
            "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"cpu": "200m", "memory": "256Mi"}},
            "autoscaling": {"minReplicas": 1, "maxReplicas": MOST, "scaleUpWindowSeconds": 5},
        }
    },
}


@pytest.fixture
def scaled(castiel: Castiel) -> Iterator[list[Object]]:
    """The objects of one service as production has them, applied in the running platform; taken back afterwards."""
    node = castiel.node
    castiel.wait_until_ready()
    production = render_with(OVERLAY, environment="production")
    kinds = ("Deployment", "HorizontalPodAutoscaler", "PodDisruptionBudget")
    objects = [production.get(kind, SERVICE) for kind in kinds if production.has(kind, SERVICE)]
    node.provide_images(names_in(objects))
    node.add_metrics_server()
    node.apply(objects)
    try:
        yield objects
    finally:
        for one in objects:
            if one["kind"] != "Deployment":
                node.kubectl("delete", one["kind"], SERVICE, "--namespace", castiel.namespace)
        castiel.apply()
        castiel.wait_until_ready()


def _get(castiel: Castiel, group: str, kind: str) -> Object:
    return castiel.node.api.request("GET", f"/apis/{group}/namespaces/{castiel.namespace}/{kind}/{SERVICE}")


def _words(castiel: Castiel) -> str:
    """What the autoscaler says."""
    return castiel.node.kubectl("describe", "hpa", SERVICE, "--namespace", castiel.namespace)


@contextmanager
def _load(castiel: Castiel) -> Iterator[None]:
    """Keep the service's one pod busy."""
    one, ended = castiel.pod(SERVICE), threading.Event()

    def burn() -> None:
        while not ended.is_set():
            castiel.node.ask(one, "GET", "/load?seconds=3", timeout=60)

    with ThreadPoolExecutor(1) as pool:
        burning = pool.submit(burn)
        try:
            yield
        finally:
            ended.set()
    burning.result()


def test_a_loaded_service_scales_up_and_an_apply_does_not_reset_it(castiel: Castiel, scaled: list[Object]) -> None:
    """The manifests of a service with an autoscaler name no number of replicas."""

    def measured() -> bool:
        conditions = {
            one["type"]: one["status"]
            for one in _get(castiel, "autoscaling/v2", "horizontalpodautoscalers")["status"]["conditions"]
        }
        return conditions.get("ScalingActive") == "True"

    def ready() -> bool:
        pods = castiel.pods_of(SERVICE)
        return len(pods) == replicas() == sum(map(is_ready, pods))

    def replicas() -> int:
        return int(_get(castiel, "apps/v1", "deployments")["spec"]["replicas"])

    wait_for(
        "the rollout", lambda: ready() and replicas() == 1, timeout=90, explain=lambda: castiel.node.explain(castiel.namespace)
    )
    wait_for("the autoscaler to have figures", measured, timeout=90, interval=0.5, explain=lambda: _words(castiel))
    with _load(castiel):
        wait_for("the scale-up", lambda: replicas() == MOST, timeout=90, interval=0.5, explain=lambda: _words(castiel))
        before = _get(castiel, "apps/v1", "deployments")["metadata"]["generation"]
        castiel.node.apply(scaled)
        after = _get(castiel, "apps/v1", "deployments")
        assert after["spec"]["replicas"] == MOST
        assert after["metadata"]["generation"] == before, "the apply changed the Deployment"
        wait_for("the new pods to be Ready", ready, timeout=60, explain=lambda: castiel.node.explain(castiel.namespace))
    assert replicas() == MOST
