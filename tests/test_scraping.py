"""Metrics: which port of a service is scraped is in the catalogue, who may scrape it in the values."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chart.law import broken
from tests.chart.platforms import Charted, charted_text
from tests.connectivity import policies
from tests.policies import Party
from tests.rendering import render_platform
from tests.shop import errors

CATALOGUE = """\
name: shop
tiers: [{name: t}]
services:
  web: {tier: t, port: 80, targetPort: 8080, metrics: true}
  cart:
    tier: t
    port: 7070
    protocol: grpc
    ports: {metrics: {port: 9464, targetPort: 9465}, admin: 81}
    metrics: metrics
  worker: {tier: t, ports: {stats: 9100}, metrics: stats}
  plain: {tier: t, port: 82, ports: {metrics: 9464}, metrics: false}
"""

OTHERS = [
    Party("prometheus", "10.244.9.1", "monitoring", {"app": "prometheus"}),
    Party("grafana", "10.244.9.2", "monitoring", {"app": "grafana"}),
    Party("false prometheus", "10.244.9.3", "elsewhere", {"app": "prometheus"}),
    Party("pod of the platform", "10.244.9.4", "shop", {"app": "prometheus"}),
    Party("outside", "93.184.216.34"),
]
PORTS = [80, 81, 82, 7070, 8080, 9100, 9464, 9465]
SCRAPED = {("web", 8080), ("cart", 9465), ("worker", 9100)}

NOBODY = "{}"
NAMESPACE = "networkPolicy: {metrics: {namespaces: [monitoring]}}"
PODS = "networkPolicy: {metrics: {namespaces: [monitoring, other], podLabels: {app: prometheus}}}"


def shop() -> Charted:
    return charted_text(CATALOGUE)


def admitted(folder: Path, overlay: str) -> dict[str, set[tuple[str, int]]]:
    """By party, the services and pod ports that it is let into."""
    (folder / "overlay.yaml").write_text(overlay)
    made = render_platform(shop().load([folder / "overlay.yaml"]))
    in_force = policies(made, others=["monitoring", "elsewhere"])
    pods = [
        Party(name, f"10.244.1.{at}", "shop", {"app.kubernetes.io/name": name})
        for at, name in enumerate(("web", "cart", "worker", "plain"))
    ]
    entered = {
        other.name: {
            (pod.name, port)
            for pod in pods
            for port in PORTS
            for protocol in ("TCP", "UDP")
            if in_force.enters(other, pod, port, protocol)
        }
        for other in OTHERS
    }
    return {name: places for name, places in entered.items() if places}


@pytest.mark.parametrize(
    ("overlay", "scrapers"),
    [(NOBODY, []), (NAMESPACE, ["prometheus", "grafana"]), (PODS, ["prometheus"])],
    ids=["nobody", "a namespace", "pods of a namespace"],
)
def test_those_that_the_values_name_and_nobody_else_reach_the_ports_with_metrics(
    overlay: str, scrapers: list[str], tmp_path: Path
) -> None:
    assert admitted(tmp_path, overlay) == dict.fromkeys(scrapers, SCRAPED)


@pytest.mark.helm
@pytest.mark.parametrize("overlay", [NOBODY, NAMESPACE, PODS, "services: {worker: {enabled: false}}\n" + PODS])
def test_the_chart_lets_in_the_same(overlay: str) -> None:
    assert not broken(shop(), [overlay])


WRONG = [
    (
        "metrics: metrics",
        "metrics: metric",
        "10: services.cart.metrics: cart has no port `metric` among its `ports`; did you mean metrics? allowed: metrics, admin",
    ),
    (
        "metrics: metrics",
        "metrics: true",
        "10: services.cart.metrics: grpc is spoken on the main port, and metrics are asked over HTTP; name another of its `ports`",
    ),
    (
        "metrics: stats",
        "metrics: true",
        "11: services.worker.metrics: worker has no port; name one of its `ports`, or give it a `port`",
    ),
    (
        "stats: 9100",
        "stats: {port: 9100, protocol: UDP}",
        "11: services.worker.metrics: UDP is spoken on stats, and metrics are asked over HTTP; name another of its `ports`",
    ),
    (
        "metrics: stats",
        "metrics: 9100",
        (
            "11: services.worker.metrics: 9100 is not allowed; allowed: true or false, or a name of up to 15 lower-case letters, "
            "digits and single hyphens, with a letter among them"
        ),
    ),
]


@pytest.mark.parametrize(("found", "instead", "error"), WRONG)
def test_a_port_that_nothing_can_scrape(found: str, instead: str, error: str, tmp_path: Path) -> None:
    assert CATALOGUE.count(f"{found}\n") + CATALOGUE.count(f"{found}}}") == 1
    catalogue = CATALOGUE.replace(f"{found}\n", f"{instead}\n").replace(f"{found}}}", f"{instead}}}")
    assert errors(tmp_path, catalogue=catalogue) == [f"catalogue.yaml:{error}"]


LABELS_ALONE = "networkPolicy: {metrics: {podLabels: {app: prometheus}}}"


def test_labels_without_a_namespace_let_nobody_in(tmp_path: Path) -> None:
    assert errors(tmp_path, catalogue=CATALOGUE, overlays={"a.yaml": LABELS_ALONE}) == [
        (
            "a.yaml:1: networkPolicy.metrics.podLabels.app: networkPolicy.metrics.namespaces is empty, so nobody is admitted; "
            "name the namespaces of these pods"
        )
    ]


@pytest.mark.helm
def test_the_chart_refuses_that_too() -> None:
    assert not broken(shop(), [LABELS_ALONE])
