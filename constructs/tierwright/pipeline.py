"""The one path from files to outputs: load, describe, check, then write each output.

Every command, test, script and benchmark uses it. Nothing here imports cdk8s: its Node takes half of a run's time to start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from tierwright.admission import refused
from tierwright.blueprint import Described
from tierwright.components.layout import describe
from tierwright.components.registry import COMPONENTS
from tierwright.components.rules import rules_of
from tierwright.config.documents import YamlNode
from tierwright.config.problems import ConfigError, Problem
from tierwright.kit.broken_rules import broken
from tierwright.kit.component import Component
from tierwright.model.loading import examined
from tierwright.model.part import PartKind
from tierwright.model.platform import Platform

__all__ = ["OUTPUTS", "Described", "Output", "chart", "compose", "described", "files_of", "manifests", "swarm"]

Output = Callable[[Described], Mapping[str, str]]
"""A function from a described platform to the text of each file, by its path in the output folder."""


def manifests(platform: Described) -> Mapping[str, str]:
    """The objects under the given values, for kubectl."""
    from tierwright.outputs.manifests import manifest_files

    return manifest_files(platform.objects)


def chart(platform: Described) -> Mapping[str, str]:
    """The Helm chart, in which the values are open."""
    from tierwright.outputs.helm import chart_files

    return {f"helm/{path}": text for path, text in chart_files(platform).items()}


def compose(platform: Described) -> Mapping[str, str]:
    """The Compose file, for development on one machine."""
    from tierwright.outputs.compose import compose_files

    return {f"compose/{path}": text for path, text in compose_files(platform).items()}


def swarm(platform: Described) -> Mapping[str, str]:
    """The stack for a Docker Swarm."""
    from tierwright.outputs.swarm import swarm_files

    return {f"swarm/{path}": text for path, text in swarm_files(platform).items()}


OUTPUTS: tuple[Output, ...] = (manifests, chart, compose, swarm)
"""Every output. Each imports what it is made with when it is asked for."""


def described(
    *,
    catalogue: Path,
    values: Sequence[Path] = (),
    own: Path | None = None,
    components: tuple[Component | PartKind, ...] = COMPONENTS,
) -> Described:
    """Read, check and describe a platform; the arguments are those of `tierwright.model.loading.examined`.

    Raises ConfigError with everything that is wrong in all of the files, and with what the API server would refuse of the objects
    where there can be any: where the catalogue and the type of each value are sound.
    """
    platform, problems = examined(catalogue=catalogue, values=values, own=own, components=components, rules=_broken_rules)
    blueprint = describe(platform)
    objects = blueprint.evaluated()
    problems += refused(platform, blueprint, objects)
    if problems:
        raise ConfigError(problems)
    return Described(platform, blueprint, objects)


def _broken_rules(document: YamlNode, platform: Platform) -> Iterable[Problem]:
    return broken(rules_of(platform.parts), document, platform)


def files_of(platform: Described, outputs: Sequence[Output] = OUTPUTS) -> dict[str, str]:
    """The files of these outputs, by their paths in the output folder."""
    return {path: text for output in outputs for path, text in output(platform).items()}
