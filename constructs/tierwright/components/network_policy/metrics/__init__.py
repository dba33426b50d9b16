"""Who may scrape ports with metrics; only platforms that have such ports have these values."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tierwright.blueprint import Blueprint
from tierwright.kit.component import Component
from tierwright.kit.network_values import WithMetrics, metrics_values
from tierwright.kit.rules import Rule, Rules
from tierwright.kit.scrapers import labels_alone
from tierwright.model.catalogue import Catalogue


def _is_wanted(catalogue: Catalogue) -> bool:
    return any(service.metrics for service in catalogue.services.values())


def _scrapers(blueprint: Blueprint) -> Iterator[Rule]:
    yield labels_alone(("networkPolicy", "metrics"), metrics_values(blueprint), of="networkPolicy")


METRICS = Component(
    name="metrics",
    section_values={"networkPolicy": (WithMetrics, "apiServerPorts")},
    defaults=Path(__file__).with_name("defaults.yaml"),
    rules=Rules(of_platform=(_scrapers,)),
    wanted=_is_wanted,
    lack=("the catalogue has no port with metrics", "name one in `metrics` of a service there, or remove this"),
)
