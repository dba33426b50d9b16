"""Who may scrape ports with metrics; only platforms that have such ports have these values."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tierwright.blueprint import Blueprint
from tierwright.expressions.conditions import all_of, opposite
from tierwright.expressions.expression import KeysMatching
from tierwright.expressions.tokens import expression_of, filled
from tierwright.kit.component import Component
from tierwright.kit.network_values import WithMetrics, metrics_values
from tierwright.kit.rules import Rule, Rules
from tierwright.model.catalogue import Catalogue


def _is_wanted(catalogue: Catalogue) -> bool:
    return any(service.metrics for service in catalogue.services.values())


def _scrapers(blueprint: Blueprint) -> Iterator[Rule]:
    """Labels tell the pods of namespaces apart, and admit nobody by themselves."""
    metrics = metrics_values(blueprint)
    yield Rule(
        path=("networkPolicy", "metrics", "podLabels"),
        keys=KeysMatching(expression_of(metrics.pod_labels), ".*"),
        broken=all_of(filled(metrics.pod_labels), opposite(filled(metrics.namespaces))),
        wrong="networkPolicy.metrics.namespaces is empty, so nobody is admitted",
        allowed="name the namespaces of these pods",
    )


METRICS = Component(
    name="metrics",
    section_values={"networkPolicy": (WithMetrics, "apiServerPorts")},
    defaults=Path(__file__).with_name("defaults.yaml"),
    rules=Rules(of_platform=(_scrapers,)),
    wanted=_is_wanted,
    lack=("the catalogue has no port with metrics", "name one in `metrics` of a service there, or remove this"),
)
