"""Castiel's charts: which constructs stand in which file of dist/, and how cdk8s writes those. Composition only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from charts.layout import describe
from tierwright.admission import refused
from tierwright.blueprint import Blueprint, Evaluated
from tierwright.config.problems import ConfigError
from tierwright.model.loading import examined
from tierwright.model.platform import Platform

__all__ = ["Prepared", "describe", "prepare"]


class Prepared(NamedTuple):
    """A sound platform, all that its constructs declare, and the objects of its manifests."""

    platform: Platform
    blueprint: Blueprint
    objects: list[Evaluated]


def prepare(*, catalogue: Path, values: Sequence[Path], schemas: Path, own: Path | None = None) -> Prepared:
    """Read, check and describe a platform; the arguments are those of `tierwright.model.loading.examined`.

    Raises ConfigError with everything that is wrong in all of the files, and with what the API server would refuse of the objects
    where there can be any: where the catalogue and the type of each value are sound.
    """
    platform, broken = examined(catalogue=catalogue, values=values, schemas=schemas, own=own)
    blueprint = describe(platform)
    objects = blueprint.evaluated()
    problems = [*broken, *refused(platform, blueprint, objects)]
    if problems:
        raise ConfigError(problems)
    return Prepared(platform, blueprint, objects)
