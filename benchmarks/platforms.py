"""The contestants of the start: the platform without gates, with gates by tiers, and with gates by the graph."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import yaml

from tests.cluster.node import Node
from tests.cluster.platform import Castiel, castiel_of
from tests.rendering import render, render_with

Object = dict[str, Any]


def contestant(node: Node, name: str, folder: Path) -> Castiel:
    """The committed defaults with the order `tiers` or `graph`, or without its gates (`none`)."""
    platform = castiel_of(node, render() if name != "graph" else render_with({"startup": {"order": "graph"}}), folder / name)
    if name == "none":
        change(platform, without_gates)
    return platform


def without_gates(one: Object) -> Object:
    """The same object; where it is a Deployment, without the init containers that wait."""
    if one["kind"] == "Deployment":
        spec = one["spec"]["template"]["spec"]
        spec["initContainers"] = [one for one in spec.get("initContainers", []) if not one["name"].startswith("wait-for-")]
    return one


def without_postgres(one: Object) -> Object:
    """The same object; PostgreSQL has no pods, so everything that needs it waits."""
    if (one["kind"], one["metadata"]["name"]) == ("StatefulSet", "postgres"):
        one["spec"]["replicas"] = 0
    return one


def change(platform: Castiel, each: Any) -> None:
    """Write the platform's files anew, with each object changed."""
    for file in platform.folder.glob("*.yaml"):
        objects = [each(copy.deepcopy(one)) for one in yaml.safe_load_all(file.read_text(encoding="utf-8"))]
        file.write_text(yaml.safe_dump_all(objects), encoding="utf-8")
