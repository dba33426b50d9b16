"""Castiel's charts: which constructs stand in which file of dist/, and how cdk8s writes those. Composition only."""

from __future__ import annotations

from pathlib import Path

from castiel.blueprint import Blueprint
from castiel.model.platform import Platform
from charts.layout import describe

__all__ = ["describe", "synthesize"]


def synthesize(platform: Platform, folder: Path) -> Blueprint:
    """Write the manifests of a platform into a folder; the blueprint that comes back holds all that was declared."""
    from charts.manifests import write_manifests  # starts Node

    blueprint = describe(platform)
    write_manifests(blueprint.evaluated(), folder)
    return blueprint
