"""A singleton never has two pods by the manifests' doing: not in a rollout, not by a number, not by an autoscaler."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chart.helm import Refusal, template
from tests.chart.law import broken
from tests.chart.platforms import Charted, charted_text
from tests.rendering import Rendered, render_platform
from tests.shop import errors

CATALOGUE = """\
name: shop
tiers: [{name: data}, {name: front}]
dataServices:
  postgres: {tier: data, port: 5432, urlVariable: DATABASE_URL}
services:
  beat: {tier: front, port: 81, singleton: true, needs: [postgres]}
  web: {tier: front, port: 80}
"""


def platform() -> Charted:
    """A platform with a singleton and a service that is none."""
    return charted_text(CATALOGUE)


def rendered(overlay: dict[str, object]) -> Rendered:
    return render_platform(platform().load_with(overlay))


MANY = {"replicas": 3, "autoscaling": {"enabled": True, "maxReplicas": 5}}


def test_its_old_pod_is_gone_before_the_new_one_starts() -> None:
    assert rendered({}).get("Deployment", "beat")["spec"]["strategy"] == {"type": "Recreate"}
    assert rendered({}).get("Deployment", "web")["spec"]["strategy"]["type"] == "RollingUpdate"


def test_what_all_services_have_gives_it_no_second_pod() -> None:
    both = rendered({"defaults": MANY})
    assert both.get("Deployment", "beat")["spec"]["replicas"] == 1
    assert [*both.kinds("HorizontalPodAutoscaler")] == ["web"]
    assert [*both.kinds("PodDisruptionBudget")] == ["web"]


def test_it_may_have_no_pod() -> None:
    assert rendered({"services": {"beat": {"replicas": 0}}}).get("Deployment", "beat")["spec"]["replicas"] == 0


def test_one_pod_is_not_spread() -> None:
    pods = {name: one["spec"]["template"]["spec"] for name, one in rendered({}).kinds("Deployment").items()}
    assert "topologySpreadConstraints" not in pods["beat"]
    assert "topologySpreadConstraints" in pods["web"]


def test_its_rollout_opens_no_second_pool_of_connections() -> None:
    postgres = {"maxConnections": 8, "reservedConnections": 3}
    assert rendered({"postgres": postgres, "defaults": {"database": {"poolSize": 5}}}).has("StatefulSet", "postgres")


EXTERNAL = "services.beat.autoscaling.external: beat is a singleton, so nothing may add pods to it; set it to false"
REFUSED = {
    "two pods": (
        "services: {beat: {replicas: 2}}",
        "services.beat.replicas: 2 is not allowed; allowed: 0 or 1, as beat is a singleton",
    ),
    "two pods, as all have": (
        "defaults: {replicas: 2}\nservices: {beat: ~}",
        "defaults.replicas: 2 is not allowed; allowed: 0 or 1, as beat is a singleton",
    ),
    "an autoscaler": (
        "services: {beat: {autoscaling: {enabled: true}}}",
        "services.beat.autoscaling.enabled: beat is a singleton, so nothing may add pods to it; set it to false",
    ),
    "an autoscaler of another project": ("services: {beat: {autoscaling: {external: true}}}", EXTERNAL),
    "an autoscaler of the user's own": (
        (
            "extraObjects: [{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {name: own}, "
            "spec: {scaleTargetRef: {name: beat}}}]"
        ),
        (
            "extraObjects[0].spec.scaleTargetRef: the platform writes how many pods beat has, so every apply resets it; "
            "remove the autoscaler"
        ),
    ),
}


@pytest.mark.parametrize(("overlay", "error"), REFUSED.values(), ids=REFUSED)
def test_a_second_pod_is_refused(tmp_path: Path, overlay: str, error: str) -> None:
    found = errors(tmp_path, catalogue=CATALOGUE, overlays={"own.yaml": overlay})
    assert [one.split(": ", 1)[1] for one in found] == [error]


@pytest.mark.helm
@pytest.mark.parametrize(("overlay", "error"), REFUSED.values(), ids=REFUSED)
def test_the_chart_refuses_it_too(overlay: str, error: str) -> None:
    made = template(platform().chart, [overlay], namespace="shop")
    assert isinstance(made, Refusal)
    by_schema = "services.beat.replicas" in made.paths
    assert by_schema or made.message == error.replace("defaults.", "services.beat.", 1)
    assert by_schema == (overlay == REFUSED["two pods"][0])


@pytest.mark.parametrize("value", ["minReplicas: 1", "maxReplicas: 9", "targetCpuPercent: 50", "targetMemoryPercent: 50"])
def test_what_an_autoscaler_would_go_by_is_refused(tmp_path: Path, value: str) -> None:
    overlay, key = f"services: {{beat: {{autoscaling: {{{value}}}}}}}", value.partition(":")[0]
    wrong = f"own.yaml:1: services.beat.autoscaling.{key}: is not allowed, as beat is a singleton; remove it"
    assert errors(tmp_path, catalogue=CATALOGUE, overlays={"own.yaml": overlay}) == [wrong]
    assert errors(tmp_path, catalogue=CATALOGUE, overlays={"own.yaml": f"defaults: {{autoscaling: {{{value}}}}}"}) == []


@pytest.mark.helm
@pytest.mark.parametrize(
    "overlay",
    [
        "{}",
        "services: {beat: {autoscaling: {maxReplicas: 9}}}",
        "services: {beat: {autoscaling: {metrics: [], behavior: {}}}}",
        "defaults: {replicas: 3, autoscaling: {enabled: true}}",
        "services: {beat: {replicas: 0}}",
        "services: {beat: {replicas: ~}}",
        "services: {beat: {enabled: false}}",
        *(overlay for overlay, _ in REFUSED.values()),
    ],
)
def test_the_law_for_a_singleton(overlay: str) -> None:
    assert not broken(platform(), [overlay])
