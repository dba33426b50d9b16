"""All components of a platform, each with its file of the manifests. Files are numbered in the order in which kubectl applies them.

Nothing here waits for cdk8s: all of it is described while Node starts.
"""

from __future__ import annotations

from tierwright.blueprint import Blueprint
from tierwright.components.microservice import Microservice
from tierwright.kit.component import component_of, components_of
from tierwright.model.platform import Platform


def describe(platform: Platform) -> Blueprint:
    """The blueprint of a platform, with every object declared. Raises DeclarationError where two components declare the same."""
    blueprint = Blueprint.of(platform)
    blueprint.aspects = tuple(aspect for component in components_of(blueprint.catalogue) for aspect in component.aspects(blueprint))
    for component in components_of(blueprint.catalogue):
        if component.file:
            component.declare(component.file, blueprint=blueprint)
    for number, tier in enumerate(blueprint.tiers, start=2):
        file = f"{number:02d}-{tier}"
        for name in blueprint.members(tier):
            if name in blueprint.data_services:
                component_of(blueprint.catalogue, name).declare(file, blueprint=blueprint)
            else:
                Microservice(file, name, blueprint=blueprint)
    return blueprint
