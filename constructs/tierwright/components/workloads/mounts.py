"""The volumes of a service's pods, and where its containers mount them."""

from __future__ import annotations

from tierwright.blueprint import Blueprint
from tierwright.components.workloads.files import file_mounts, file_volumes
from tierwright.components.workloads.storage import claims_of, shared_mounts, shared_volumes
from tierwright.expressions.tree import Tree, splice
from tierwright.kit.claims import claim_mounts, empty_dirs
from tierwright.kit.metadata import Manifest
from tierwright.kit.pods import SCRATCH_MOUNT, scratch_volume
from tierwright.model.mounts import SCRATCH_PATH


def volumes_of(blueprint: Blueprint, name: str) -> list[Tree]:
    """The volumes of the service `name`, before those that its values add."""
    kept, shared = empty_dirs(claims_of(blueprint, name)), shared_volumes(blueprint, name)
    has_scratch = blueprint.catalogue.has_scratch(blueprint.service(name))
    scratch = [scratch_volume(blueprint.values_of(name).scratch)] if has_scratch else []
    return [*scratch, *file_volumes(blueprint, name), *kept, *shared]


def mounts_of(blueprint: Blueprint, name: str) -> list[Tree]:
    """Where the containers of the service `name` mount its volumes, with the mounts that its values add."""
    kept, shared = claim_mounts(claims_of(blueprint, name)), shared_mounts(blueprint, name)
    return [
        *_writable(blueprint, name),
        *file_mounts(blueprint, name),
        *kept,
        *shared,
        splice(blueprint.values_of(name).extra_volume_mounts),
    ]


def _writable(blueprint: Blueprint, name: str) -> list[Manifest]:
    """What the program may write to: parts of one volume, so that `scratch` is the size of all together."""
    service = blueprint.service(name)
    tmp = [SCRATCH_PATH] if blueprint.catalogue.has_tmp(service) else []
    if tmp and not service.writable:
        return [SCRATCH_MOUNT]
    paths = (*tmp, *service.writable)
    return [{**SCRATCH_MOUNT, "mountPath": path, "subPath": path.removeprefix("/")} for path in paths]
