"""Further ports of a service that clients outside the cluster reach: those are for the platform, in a Service of their own."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.chart.law import broken
from tests.chart.platforms import Charted, charted_text
from tests.rendering import Object, Rendered, render_platform
from tests.shop import errors
from tierwright.pipeline import compose, described

CATALOGUE = """\
name: shop
tiers: [{name: back}, {name: front}]
services:
  web:
    tier: back
    port: 80
    public: true
    ports: {metrics: 9464, stats: {port: 8125, targetPort: 9125, protocol: UDP}}
    environment: {ME: "${web:stats.host}"}
  peer:
    tier: front
    needs: [web, "web:metrics"]
    environment: {MAIN: "${web.url}", METRICS: "${web:metrics.host}:${web:metrics.port}", URL: "${web:metrics.url}"}
"""
EVERYBODY = "networkPolicy: {edge: {cidrs: [0.0.0.0/0]}}\n"
OUTSIDE = [f"{EVERYBODY}services: {{web: {{service: {{type: {kind}}}}}}}" for kind in ("NodePort", "LoadBalancer")]


def shop() -> Charted:
    return charted_text(CATALOGUE)


def rendered(folder: Path, overlay: str) -> Rendered:
    (folder / "overlay.yaml").write_text(overlay)
    return render_platform(shop().load([folder / "overlay.yaml"]))


def ports(made: Rendered, service: str) -> dict[str, int]:
    return {port["name"]: port["port"] for port in made.get("Service", service)["spec"]["ports"]}


@pytest.mark.parametrize("overlay", OUTSIDE)
def test_clients_outside_see_the_main_port_alone(overlay: str, tmp_path: Path) -> None:
    made = rendered(tmp_path, overlay)
    assert ports(made, "web") == {"http": 80}
    assert ports(made, "web-internal") == {"metrics": 9464, "stats": 8125}
    inside: Object = made.get("Service", "web-internal")["spec"]
    assert (inside["type"], inside["selector"]) == ("ClusterIP", made.get("Service", "web")["spec"]["selector"])
    assert not {"externalTrafficPolicy", "loadBalancerSourceRanges"} & inside.keys()


@pytest.mark.parametrize("overlay", OUTSIDE)
def test_the_platform_finds_the_further_ports_where_they_are(overlay: str, tmp_path: Path) -> None:
    made = rendered(tmp_path, overlay)
    texts = {name: one["value"] for name, one in made.variables("Deployment", "peer").items()}
    assert (texts["MAIN"], texts["METRICS"]) == ("http://web:80", "web-internal:9464")
    assert texts["URL"] == "web-internal:9464"
    assert made.variables("Deployment", "web")["ME"]["value"] == "web-internal"
    targets = made.lines("startup-gate", "targets")
    assert "- web:metrics tcp://web-internal:9464" in targets
    assert "back web http://web:80/health/ready dns://web-ready" in targets


def test_where_nobody_outside_reaches_it_one_service_has_all_ports(tmp_path: Path) -> None:
    made = rendered(tmp_path, "{}")
    assert ports(made, "web") == {"http": 80, "metrics": 9464, "stats": 8125}
    assert not made.has("Service", "web-internal")
    assert made.variables("Deployment", "peer")["METRICS"]["value"] == "web:9464"


def test_labels_are_on_both_and_annotations_for_a_load_balancer_on_that_of_clients_outside(tmp_path: Path) -> None:
    service = "{type: LoadBalancer, labels: {scraped: 'yes'}, annotations: {example.com/a: b}, spec: {loadBalancerClass: a.b/c}}"
    made = rendered(tmp_path, f"{EVERYBODY}services: {{web: {{service: {service}}}}}")
    outside, inside = (made.get("Service", name) for name in ("web", "web-internal"))
    for one in (outside, inside):
        assert one["metadata"]["labels"]["scraped"] == "yes"
    assert outside["metadata"]["annotations"]["example.com/a"] == "b"
    assert "example.com/a" not in inside["metadata"]["annotations"]
    assert (outside["spec"]["loadBalancerClass"], "loadBalancerClass" in inside["spec"]) == ("a.b/c", False)


@pytest.mark.parametrize("overlay", ["{}", *OUTSIDE])
def test_where_there_are_no_services_the_host_is_the_program(overlay: str, tmp_path: Path) -> None:
    (tmp_path / "overlay.yaml").write_text(overlay)
    made = compose(described(catalogue=shop().catalogue, values=[tmp_path / "overlay.yaml"]))["compose/compose.yaml"]
    services = yaml.safe_load(made)["services"]
    assert services["peer"]["environment"]["METRICS"] == "web:9464"
    assert "web-internal" not in made


@pytest.mark.helm
@pytest.mark.parametrize("overlay", ["{}", *OUTSIDE, f"{OUTSIDE[0]}\n  peer: {{enabled: false}}"])
def test_the_chart_has_the_same(overlay: str) -> None:
    assert not broken(shop(), [overlay])


OF_A_FURTHER_PORT = f"{EVERYBODY}services: {{web: {{service: {{type: NodePort, nodePorts: {{metrics: 30000}}}}}}}}"


def test_nodes_have_a_port_for_the_main_port_alone(tmp_path: Path) -> None:
    assert errors(tmp_path, catalogue=CATALOGUE, overlays={"a.yaml": OF_A_FURTHER_PORT}) == [
        "a.yaml:2: services.web.service.nodePorts.metrics: the Service has no port `metrics`; allowed: http"
    ]


@pytest.mark.helm
def test_the_chart_refuses_the_same() -> None:
    assert not broken(shop(), [OF_A_FURTHER_PORT])


def test_no_service_is_called_as_that_of_the_further_ports(tmp_path: Path) -> None:
    another = "  web-internal: {tier: back, port: 80}\n"
    assert errors(tmp_path, catalogue=CATALOGUE + another) == [
        "catalogue.yaml:14: services.web-internal: the name `web-internal` is reserved; choose another name"
    ]
    cache = "dataServices: {web-internal: {kind: redis, tier: back, port: 6379, urlVariable: CACHE_URL}}\n"
    assert errors(tmp_path, catalogue=CATALOGUE + cache) == [
        "catalogue.yaml:14: dataServices.web-internal: the name `web-internal` is reserved; choose another name"
    ]
    assert errors(tmp_path, catalogue=CATALOGUE.replace("    public: true\n", "") + another) == []
    alone = "name: a\ntiers: [{name: back}]\nservices:\n  web: {tier: back, port: 80, public: true}\n"
    assert errors(tmp_path, catalogue=alone + another) == []
