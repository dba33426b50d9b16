"""Who may scrape RabbitMQ: nobody, unless the values name namespaces; and which images have the page that developers see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.policies import Party, Policies
from tests.rendering import Rendered, render, render_with
from tests.shop import CATALOGUE, errors

PROMETHEUS = {"app.kubernetes.io/name": "prometheus"}
NAMESPACES = {name: {"kubernetes.io/metadata.name": name} for name in ("castiel", "monitoring", "other")}
WITH_QUEUE = CATALOGUE.replace(
    "secrets:\n", "  queue: {kind: rabbitmq, tier: data, port: 5672, urlVariable: QUEUE_URL}\nsecrets:\n"
)


def scraped(**metrics: Any) -> Rendered:
    return render_with({"rabbitmq": {"metrics": metrics}})


def admits(rendered: Rendered, labels: dict[str, str], *, namespace: str = "monitoring", port: int = 15692) -> bool:
    policies = Policies(rendered.kinds("NetworkPolicy").values(), namespaces=NAMESPACES)
    server = Party("rabbitmq-0", "10.244.8.1", "castiel", {"app.kubernetes.io/name": "rabbitmq"})
    return policies.allows(Party("scraper", "10.244.9.1", namespace, labels), server, port)


def port_names(rendered: Rendered) -> dict[str, int]:
    return {port["name"]: port["containerPort"] for port in rendered.container("StatefulSet", "rabbitmq")["ports"]}


def test_the_pods_that_the_values_name_reach_the_metrics_and_nothing_else() -> None:
    rendered = scraped(namespaces=["monitoring"], podLabels=PROMETHEUS)
    assert admits(rendered, PROMETHEUS)
    assert not admits(rendered, {"app.kubernetes.io/name": "other"})
    assert not admits(rendered, PROMETHEUS, namespace="other")
    assert not admits(rendered, PROMETHEUS, port=5672)
    assert port_names(rendered) == {"tcp-5672": 5672, "metrics": 15692}
    assert not [line for line in rendered.lines("rabbitmq-config", "castiel.conf") if line.startswith("prometheus.tcp.ip")]


def test_without_labels_all_pods_of_a_namespace_may_scrape() -> None:
    assert admits(scraped(namespaces=["monitoring"]), {"a": "b"})


def test_without_namespaces_the_metrics_are_on_the_loopback_alone() -> None:
    assert not admits(render(), PROMETHEUS)
    assert port_names(render()) == {"tcp-5672": 5672}
    assert "prometheus.tcp.ip = 127.0.0.1" in render().lines("rabbitmq-config", "castiel.conf")


def test_labels_admit_nobody_by_themselves(tmp_path: Path) -> None:
    overlay = "dataServices: {queue: {metrics: {podLabels: {app: prometheus}}}}"
    (line,) = errors(tmp_path, catalogue=WITH_QUEUE, overlays={"shop.yaml": overlay})
    place, path, message = line.split(": ", 2)
    assert (place, path) == ("shop.yaml:1", "dataServices.queue.metrics.podLabels.app")
    assert message == "dataServices.queue.metrics.namespaces is empty, so nobody is admitted; name the namespaces of these pods"


OPENED = "developerAccess: {enabled: true, cidrs: [10.0.0.0/8]}"
OTHERS = [
    "image: {tag: management}",
    "image: {tag: 4.1.2-management-alpine}",
    "image: {repository: acme/rabbitmq, tag: '4'}",
    "image: {tag: '4'}, topology: operator",  # which switches the page on itself
]


@pytest.mark.parametrize("image", ["tag: '4'", "tag: 4-alpine", "repository: docker.io/library/rabbitmq, tag: 4-unmanagement"])
def test_developers_are_not_let_in_to_a_page_that_the_official_image_does_not_have(tmp_path: Path, image: str) -> None:
    overlay = f"dataServices: {{queue: {{image: {{{image}}}, {OPENED}}}}}"
    assert errors(tmp_path, catalogue=WITH_QUEUE, overlays={"shop.yaml": overlay}) == [
        (
            "shop.yaml:1: dataServices.queue.image.tag: the official image has its management page, which developers are let in "
            "to, only with -management in the tag; name such a tag, such as 4-management, or set "
            "dataServices.queue.developerAccess.enabled to false"
        )
    ]


@pytest.mark.parametrize("values", OTHERS)
def test_developers_are_let_in_to_a_page_that_is_there_or_may_be(tmp_path: Path, values: str) -> None:
    overlay = f"dataServices: {{queue: {{{values}, {OPENED}}}}}"
    assert errors(tmp_path, catalogue=WITH_QUEUE, overlays={"shop.yaml": overlay}) == []
    closed = "dataServices: {queue: {image: {tag: '4'}}}"
    assert errors(tmp_path, catalogue=WITH_QUEUE, overlays={"shop.yaml": closed}) == []
