"""The volumes of a service's pods, and where its containers mount them."""

from __future__ import annotations

from tierwright.blueprint import Blueprint
from tierwright.expressions.tree import Tree, splice
from tierwright.kit.metadata import Manifest
from tierwright.kit.pods import SCRATCH_MOUNT, scratch_volume
from tierwright.model.catalogue import Service
from tierwright.model.mounts import SCRATCH_PATH


def volumes_of(blueprint: Blueprint, name: str) -> list[Tree]:
    """The volumes of the service `name`, before those that its values add."""
    return [scratch_volume(blueprint.values_of(name).scratch)]


def mounts_of(blueprint: Blueprint, name: str) -> list[Tree]:
    """Where the containers of the service `name` mount its volumes, with the mounts that its values add."""
    return [*_writable(blueprint.service(name)), splice(blueprint.values_of(name).extra_volume_mounts)]


def _writable(service: Service) -> list[Manifest]:
    """What the program may write to: parts of one volume, so that `scratch` is the size of all together."""
    if not service.writable:
        return [SCRATCH_MOUNT]
    paths = (SCRATCH_PATH, *service.writable)
    return [{**SCRATCH_MOUNT, "mountPath": path, "subPath": path.removeprefix("/")} for path in paths]
