"""Every container that goes on asks for what the autoscaler of its pod measures by."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shop import RESTRICTED, errors

BARE = "namespace: {limitRange: {enabled: false}}\n"
OWN = "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: own}, spec: {SPEC}}"
TARGET = "scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, minReplicas: 1, maxReplicas: 2"
EXTERNAL = "services: {web: {autoscaling: {external: true, minReplicas: 1, maxReplicas: 2}, sidecars: [LOGS]}}\n"


def container(resources: str = "{}", more: str = "") -> str:
    return f"{{name: logs, image: logs, resources: {resources}, {more}{RESTRICTED.replace('runAsNonRoot: true, ', '')}}}"


def scaled(value: str, *, scaling: str = "") -> str:
    return f"services: {{web: {{autoscaling: {{enabled: true{scaling}}}, {value}}}}}\n"


def missing(path: str, resource: str) -> str:
    return (
        f"a.yaml:{path}.resources.requests.{resource}: requests.{resource} is not set, but the autoscaler measures by it; "
        f"set it, or namespace.limitRange.defaultRequests.{resource}"
    )


def own(spec: str = "") -> str:
    autoscaler = OWN.replace("SPEC", f"{TARGET}{spec}")
    return f"{BARE}{EXTERNAL.replace('LOGS', container())}extraObjects: [{autoscaler}]\n"


SIDECAR = "2: services.web.sidecars[0]"


@pytest.mark.parametrize(
    ("overlay", "wrong"),
    [
        (BARE + scaled(f"sidecars: [{container()}]"), [missing(SIDECAR, "cpu"), missing(SIDECAR, "memory")]),
        (BARE + scaled(f"sidecars: [{container('{requests: {cpu: 1m}}')}]"), [missing(SIDECAR, "memory")]),
        (BARE + scaled(f"sidecars: [{container()}]", scaling=", targetMemoryPercent: 0"), [missing(SIDECAR, "cpu")]),
        (
            BARE + scaled(f"initContainers: [{container('{requests: {memory: 8Mi}}', 'restartPolicy: Always, ')}]"),
            [missing("2: services.web.initContainers[0]", "cpu")],
        ),
        (
            BARE + "services: {web: {autoscaling: {enabled: true}}, store: {autoscaling: {enabled: true}}}\n"
            f"defaults: {{sidecars: [{container('{requests: {cpu: 1m}}')}]}}\n",
            [missing("3: defaults.sidecars[0]", "memory")],
        ),
        (own(), [missing(SIDECAR, "cpu")]),
        (
            own(", metrics: [{type: Resource, resource: {name: memory, target: {type: Utilization, averageUtilization: 9}}}]"),
            [missing(SIDECAR, "memory")],
        ),
        (
            f"{BARE}defaults: {{resources: {{requests: {{cpu: ~}}}}}}\n{own()[len(BARE) :]}",
            [
                missing("2: defaults", "cpu"),
                missing("3: services.web.sidecars[0]", "cpu"),
            ],
        ),
    ],
)
def test_a_container_without_a_request_is_refused(tmp_path: Path, overlay: str, wrong: list[str]) -> None:
    """Kubernetes then says `missing request for cpu in container logs`, and takes no pod away."""
    assert sorted(errors(tmp_path, overlays={"a.yaml": overlay})) == sorted(wrong)


@pytest.mark.parametrize(
    "overlay",
    [
        scaled(f"sidecars: [{container()}]"),
        BARE + scaled(f"sidecars: [{container('{limits: {cpu: 1m, memory: 8Mi}}')}]"),
        BARE + scaled(f"initContainers: [{container()}]"),
        f"{BARE}services: {{web: {{sidecars: [{container()}]}}}}\n",
        own(", metrics: [{type: Resource, resource: {name: cpu, target: {type: AverageValue, averageValue: '1'}}}]"),
        own(
            ", metrics: [{type: ContainerResource, containerResource: {name: cpu, container: web, "
            "target: {type: Utilization, averageUtilization: 9}}}]"
        ),
        own(", metrics: [{type: External, external: {metric: {name: queue}, target: {type: Value, value: '1'}}}]"),
    ],
    ids=["a default", "limits", "ends", "no autoscaler", "an amount", "another container", "another metric"],
)
def test_what_an_autoscaler_can_measure_is_taken(tmp_path: Path, overlay: str) -> None:
    assert errors(tmp_path, overlays={"a.yaml": overlay}) == []


def test_of_metrics_that_are_wrong_nothing_follows(tmp_path: Path) -> None:
    overlay = BARE + scaled(f"sidecars: [{container()}]", scaling=", metrics: [{}]")
    (wrong,) = errors(tmp_path, overlays={"a.yaml": overlay})
    assert wrong.startswith("a.yaml:2: services.web.autoscaling.metrics[0].type: is missing")


@pytest.mark.parametrize(
    ("version", "metric", "wrong"),
    [
        (
            "v2beta2",
            "{resource: {name: memory}}",
            "apiVersion: Kubernetes has no HorizontalPodAutoscaler of autoscaling/v2beta2; allowed: autoscaling/v2, autoscaling/v1",
        ),
        ("v2", "~", "spec.metrics[0]: has no value; add it, or remove the item"),
    ],
    ids=["another version", "no value"],
)
def test_of_an_autoscaler_that_is_wrong_nothing_follows(tmp_path: Path, version: str, metric: str, wrong: str) -> None:
    overlay = own(f", metrics: [{metric}]").replace("autoscaling/v2", f"autoscaling/{version}")
    assert errors(tmp_path, overlays={"a.yaml": overlay}) == [f"a.yaml:3: extraObjects[0].{wrong}"]
