"""Castiel's charts: which constructs stand in which file of dist/, and how cdk8s writes those. Composition only."""

from __future__ import annotations

from castiel.blueprint import Blueprint
from castiel.model.platform import Platform
from charts.layout import describe

__all__ = ["describe", "synthesize"]


def synthesize(platform: Platform) -> tuple[Blueprint, dict[str, str]]:
    """All that the constructs of a platform declare, and the files of its manifests, by their names."""
    from charts.manifests import files_of  # starts Node

    blueprint = describe(platform)
    return blueprint, files_of(blueprint.evaluated())
