"""Pods that follow the volume of another to its node are all there, so no spread keeps them waiting."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.chart.law import broken
from tests.chart.platforms import Charted, charted_text
from tests.rendering import render_platform

CATALOGUE = """\
name: shop
tiers: [{name: data}, {name: front}]
services:
  queue: {tier: data, port: 9092, protocol: tcp, storage: {data: /queue}}
  reader: {tier: front, port: 80, volumes: {queue.data: /queue}}
  web: {tier: front, port: 80}
"""
APART = {"nodes": "DoNotSchedule", "zones": "DoNotSchedule"}
OWN = {
    "nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["one"]}]}]
        }
    }
}
SHARED = {"queue": {"storage": {"data": {"accessMode": "ReadWriteMany"}}}}


def platform() -> Charted:
    return charted_text(CATALOGUE)


def values(**services: Any) -> dict[str, Any]:
    """All services have to be spread."""
    return {"defaults": {"replicas": 3, "spread": APART}, "services": services}


def spread(name: str, **services: Any) -> set[tuple[str, str | None]]:
    made = render_platform(platform().load_with(values(**services))).get("Deployment", name)["spec"]["template"]["spec"]
    return {(one["whenUnsatisfiable"], one.get("nodeTaintsPolicy")) for one in made["topologySpreadConstraints"]}


def test_pods_that_follow_a_volume_to_its_node_are_not_kept_apart() -> None:
    """One node has them all: a second one would wait for ever for another node, on which it may not be."""
    assert spread("reader") == {("ScheduleAnyway", None)}
    assert spread("web") == {("DoNotSchedule", "Honor")}


def test_those_that_may_be_anywhere_are_kept_apart() -> None:
    assert spread("reader", **SHARED) == {("DoNotSchedule", "Honor")}
    assert spread("reader", reader={"placement": {"affinity": OWN}}) == {("DoNotSchedule", "Honor")}


@pytest.mark.helm
@pytest.mark.parametrize("services", [{}, SHARED, {"reader": {"placement": {"affinity": OWN}}}], ids=["bound", "shared", "own"])
def test_the_chart_has_the_same(services: dict[str, Any]) -> None:
    assert not broken(platform(), [yaml.safe_dump(values(**services))])
