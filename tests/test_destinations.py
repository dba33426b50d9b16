"""Destinations outside the platform: pods elsewhere in the cluster, networks, and the internet where nothing is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chart.law import broken
from tests.chart.platforms import Charted, charted_text
from tests.connectivity import policies
from tests.policies import Party
from tests.rendering import Rendered, render_platform
from tests.shop import errors

CATALOGUE = """\
name: shop
tiers: [{name: t}]
external:
  collector: {ports: [4317, {port: 8125, protocol: UDP}], namespace: monitoring, podLabels: {app: collector}}
  dashboards: {ports: [{port: 3000}], namespace: monitoring}
  proxy: {ports: [3128], podLabels: {app: proxy}}
  mail: {ports: [587, {port: 53, protocol: UDP}]}
services:
  web: {tier: t, port: 80, external: [collector, dashboards, proxy]}
  mailer: {tier: t, port: 81, external: [mail]}
"""

OTHERS = {
    party.name: party
    for party in (
        Party("collector", "10.244.9.1", "monitoring", {"app": "collector", "tier": "a"}),
        Party("grafana", "10.244.9.2", "monitoring", {"app": "grafana"}),
        Party("false collector", "10.244.9.3", "elsewhere", {"app": "collector"}),
        Party("proxy", "10.244.9.4", "shop", {"app": "proxy"}),
        Party("false proxy", "10.244.9.5", "elsewhere", {"app": "proxy"}),
        Party("internet", "93.184.216.34"),
        Party("agent", "192.0.2.7"),
    )
}
PORTS = [
    (4317, "TCP"),
    (4317, "UDP"),
    (8125, "UDP"),
    (8125, "TCP"),
    (3000, "TCP"),
    (3128, "TCP"),
    (587, "TCP"),
    (53, "UDP"),
    (53, "TCP"),
]
OF_WEB = {
    ("collector", 4317, "TCP"),
    ("collector", 8125, "UDP"),
    ("collector", 3000, "TCP"),
    ("grafana", 3000, "TCP"),
    ("proxy", 3128, "TCP"),
}
OF_MAILER = {("internet", 587, "TCP"), ("internet", 53, "UDP"), ("agent", 587, "TCP"), ("agent", 53, "UDP")}
CIDRS = "networkPolicy: {externalCidrs: {collector: [192.0.2.0/24], mail: [192.0.2.0/24]}}"


def shop() -> Charted:
    return charted_text(CATALOGUE)


def rendered(folder: Path, overlay: str) -> Rendered:
    (folder / "overlay.yaml").write_text(overlay)
    return render_platform(shop().load([folder / "overlay.yaml"]))


def reached(made: Rendered, name: str) -> set[tuple[str, int, str]]:
    """What the policies of a service let it connect to, of the parties above."""
    in_force = policies(made, others=["monitoring", "elsewhere"])
    pod = Party(name, "10.244.1.1", "shop", {"app.kubernetes.io/name": name})
    return {(other.name, *at) for other in OTHERS.values() for at in PORTS if in_force.leaves(pod, other, *at)}


def test_a_service_reaches_the_pods_that_are_told_by_namespace_and_labels_and_no_others(tmp_path: Path) -> None:
    assert reached(rendered(tmp_path, "{}"), "web") == OF_WEB


def test_a_destination_of_which_nothing_is_known_is_on_the_internet(tmp_path: Path) -> None:
    assert reached(rendered(tmp_path, "{}"), "mailer") == OF_MAILER


def test_networks_of_the_values_come_beside_the_pods_and_in_place_of_the_internet(tmp_path: Path) -> None:
    made = rendered(tmp_path, CIDRS)
    assert reached(made, "web") == OF_WEB | {("agent", 4317, "TCP"), ("agent", 8125, "UDP")}
    assert reached(made, "mailer") == {one for one in OF_MAILER if one[0] == "agent"}


@pytest.mark.helm
@pytest.mark.parametrize("overlay", ["", CIDRS, "networkPolicy: {externalCidrs: {proxy: []}}"])
def test_the_chart_opens_the_same(overlay: str) -> None:
    assert not broken(shop(), [overlay])


NAMES = "a name of up to 63 lower-case letters, digits and hyphens"
WRONG = [
    (
        "{port: 8125, protocol: UDP}]",
        "{port: 8125, protocol: udp}]",
        "external.collector.ports[1].protocol: 'udp' is not allowed; allowed: TCP, UDP",
    ),
    (
        "{port: 8125, protocol: UDP}]",
        "{protocol: UDP}]",
        "external.collector.ports[1].port: is missing; allowed: a whole number from 1 to 65535",
    ),
    (
        "[4317, {port: 8125, protocol: UDP}]",
        "[otlp]",
        "external.collector.ports[0]: 'otlp' is not allowed; allowed: a whole number from 1 to 65535, or a mapping",
    ),
    (
        "namespace: monitoring, podLabels",
        "namespace: Monitoring, podLabels",
        f"external.collector.namespace: 'Monitoring' is not allowed; allowed: {NAMES}",
    ),
    (
        "podLabels: {app: collector}",
        "podLabels: {}",
        "external.collector.podLabels: is empty; allowed: a mapping with at least one entry",
    ),
    (
        "podLabels: {app: collector}",
        "podLabels: {app: a b}",
        (
            "external.collector.podLabels.app: 'a b' is not allowed; "
            "allowed: a label's value: up to 63 letters, digits, hyphens, underscores and dots"
        ),
    ),
    (
        "podLabels: {app: collector}",
        "labels: {app: collector}",
        "external.collector.labels: unknown key; did you mean podLabels? allowed: description, ports, namespace, podLabels",
    ),
]


@pytest.mark.parametrize(("found", "instead", "error"), WRONG)
def test_a_wrong_destination_is_told_with_its_line(found: str, instead: str, error: str, tmp_path: Path) -> None:
    assert CATALOGUE.count(found) == 1
    assert errors(tmp_path, catalogue=CATALOGUE.replace(found, instead)) == [f"catalogue.yaml:4: {error}"]
