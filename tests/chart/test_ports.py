"""The chart of services of every kind of port and health: the same objects, the same refusals, and the catalogue's paths."""

from __future__ import annotations

from functools import cache

import pytest
import yaml

from tests.chart.helm import read, template
from tests.chart.law import broken
from tests.chart.platforms import Charted, charted_text
from tests.chart.structures import MINIMAL, written
from tests.shop import CATALOGUE
from tests.test_port_errors import WITHOUT_EFFECT

pytestmark = pytest.mark.helm

PATHS = """\
name: shop
tiers: [{name: only}]
services:
  web: {tier: only, port: 80, public: true, health: {http: {readiness: /ready}}}
  other: {tier: only, port: 80}
"""


def of(catalogue: str) -> Charted:
    """The platform of a catalogue."""
    return charted_text(catalogue)


@cache
def every_kind() -> Charted:
    """A platform with a service of every kind of port and health."""
    return of(written(MINIMAL["a service of every kind of port and health"]))


@cache
def paths() -> Charted:
    """A platform with a service whose catalogue says its readiness path, and one whose does not."""
    return of(PATHS)


@pytest.mark.parametrize(
    "overlay",
    [
        "services: {s0: {probes: {readinessPath: /a, livenessPath: /b, startup: {periodSeconds: 7}}}}",
        "services: {s3: {probes: {readinessPath: /a}}, s4: {probes: {readinessPath: ~}}}",
        "defaults: {probes: {readinessPath: /a, liveness: {failureThreshold: 9}}, shutdown: {preStopSeconds: 1, drainSeconds: 2}}",
        "services: {s6: {probes: {liveness: {timeoutSeconds: 3}}}, s10: {probes: {startup: {failureThreshold: 9}}}}",
        "services: {s6: {service: {type: LoadBalancer}}}\nnetworkPolicy: {edge: {cidrs: [0.0.0.0/0]}}",
        "services: {s6: {probes: {readinessPath: /a}}}",
        "services: {s9: {service: {type: NodePort}}}",
    ],
)
def test_values_of_services_of_every_kind(overlay: str) -> None:
    assert not broken(every_kind(), [overlay])


@pytest.mark.parametrize(("entry", "values"), [(entry, values) for entry, values, _ in WITHOUT_EFFECT])
def test_the_chart_refuses_values_without_effect_too(entry: str, values: str) -> None:
    platform = of(f"{CATALOGUE}  more: {{tier: back, {entry}}}\n")
    assert not broken(platform, [f"services: {{more: {{{values}}}}}"])
    assert not broken(platform, [f"defaults: {{{values}}}"])


def test_the_paths_of_the_catalogue_are_defaults_of_the_chart() -> None:
    values = yaml.safe_load((paths().chart / "values.yaml").read_text())
    assert values["services"] == {"web": {"probes": {"readinessPath": "/ready"}}}


@pytest.mark.parametrize(
    ("overlay", "web", "other"),
    [
        ("", "/ready", "/health/ready"),
        ("defaults: {probes: {readinessPath: /a}}", "/ready", "/a"),
        ("services: {web: {probes: {readinessPath: /b}}}", "/b", "/health/ready"),
        ("services: {web: {probes: {readinessPath: ~}}}", "/health/ready", "/health/ready"),
    ],
)
def test_the_values_of_a_service_come_before_the_paths_of_the_catalogue(overlay: str, web: str, other: str) -> None:
    made = template(paths().chart, [overlay], namespace="shop")
    assert isinstance(made, str), made
    assert not broken(paths(), [overlay])
    pods = {one["metadata"]["name"]: one["spec"]["template"]["spec"] for one in read(made) if one["kind"] == "Deployment"}
    found = {name: pod["containers"][0]["readinessProbe"]["httpGet"]["path"] for name, pod in pods.items()}
    assert found == {"web": web, "other": other}


def test_helm_test_calls_the_pages_of_public_services_and_nothing_else() -> None:
    """s5 is public and has no page that must answer; s6 speaks gRPC."""
    made = template(every_kind().chart, [], namespace="shop")
    assert isinstance(made, str), made
    tests = [one for one in read(made) if one["metadata"].get("annotations", {}).get("helm.sh/hook") == "test"]
    (pod,) = (one for one in tests if one["kind"] == "Pod")
    assert pod["spec"]["containers"][0]["args"] == ["http://s1:3001/health/ready"]
    names = [one["metadata"]["name"] for one in tests if one["kind"] == "NetworkPolicy"]
    assert names == ["chart-test", "chart-test-s1"]


SECURITY = {
    "{}": {"runAsUser": 1000, "runAsGroup": 1000},
    "defaults: {security: {user: 7, pod: {seLinuxOptions: {level: s0:c1}}}}": {
        "runAsUser": 7,
        "runAsGroup": 1000,
        "seLinuxOptions": {"level": "s0:c1"},
    },
    "defaults: {security: {user: ~, group: ~}}": {},
}
"""Whom the pod of `helm test` runs as, by the values; with null the cluster assigns a user."""


@pytest.mark.parametrize(("overlay", "context"), SECURITY.items())
def test_helm_test_runs_as_the_user_of_the_defaults(overlay: str, context: dict[str, object]) -> None:
    made = template(every_kind().chart, [overlay], namespace="shop")
    assert isinstance(made, str), made
    (pod,) = (one for one in read(made) if one["kind"] == "Pod")
    common = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    assert pod["spec"]["securityContext"] == common | context


def test_helm_test_reaches_the_target_port_by_the_port_of_the_service() -> None:
    service = {"tier": "only", "port": 80, "targetPort": 8080, "public": True}
    platform = of(written({"name": "shop", "tiers": [{"name": "only"}], "services": {"web": service}}))
    made = template(platform.chart, [], namespace="shop")
    assert isinstance(made, str), made
    tests = {(one["kind"], one["metadata"]["name"]): one.get("spec", {}) for one in read(made) if "helm.sh/hook" in str(one)}
    assert tests["Pod", "chart-test"]["containers"][0]["args"] == ["http://web:80/health/ready"]
    opened = [{"protocol": "TCP", "port": 8080}]
    assert tests["NetworkPolicy", "chart-test"]["egress"][0]["ports"] == opened
    assert tests["NetworkPolicy", "chart-test-web"]["ingress"][0]["ports"] == opened


def test_the_notes_call_a_page_where_there_is_one() -> None:
    made = (every_kind().chart / "templates" / "NOTES.txt").read_text()
    assert "curl http://localhost:3001{{ $service.probes.readinessPath }}\n" in made
    assert "service/s7 7070\n{{- else }}" in made


def test_the_notes_forward_a_low_port_from_one_at_which_anybody_may_listen() -> None:
    made = (paths().chart / "templates" / "NOTES.txt").read_text()
    assert "service/web 8080:80\n  curl http://localhost:8080{{ $service.probes.readinessPath }}\n" in made
