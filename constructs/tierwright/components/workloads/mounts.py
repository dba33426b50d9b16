"""The volumes of a service's pods, and where its containers mount them."""

from __future__ import annotations

from collections.abc import Iterator

from tierwright.blueprint import Blueprint
from tierwright.components.workloads.files import file_mounts, file_volumes
from tierwright.components.workloads.storage import claims_of, shared_mounts, shared_volumes
from tierwright.expressions.tree import Tree, splice
from tierwright.kit.authority import Authority
from tierwright.kit.claims import claim_mounts, empty_dirs
from tierwright.kit.metadata import Manifest
from tierwright.kit.pods import SCRATCH_MOUNT, scratch_volume
from tierwright.kit.service_meta import ServiceMeta
from tierwright.model.mounts import SCRATCH_PATH, trusting
from tierwright.model.service import Service


def volumes_of(meta: ServiceMeta, service: Service) -> list[Tree]:
    """The volumes of a service, before those that its values add."""
    has_scratch = meta.blueprint.catalogue.has_scratch(service)
    return [
        *([scratch_volume(meta.values.scratch)] if has_scratch else []),
        *file_volumes(meta, service),
        *empty_dirs(claims_of(meta, service)),
        *shared_volumes(service),
        *(volume for authority in _authorities(meta.blueprint, service) for volume in authority.volumes),
    ]


def mounts_of(meta: ServiceMeta, service: Service) -> list[Tree]:
    """Where the containers of a service mount its volumes, with the mounts that its values add."""
    return [
        *_writable(meta, service),
        *file_mounts(meta, service),
        *claim_mounts(claims_of(meta, service)),
        *shared_mounts(service),
        *(mount for authority in _authorities(meta.blueprint, service) for mount in authority.mounts),
        splice(meta.values.extra_volume_mounts),
    ]


def _authorities(blueprint: Blueprint, service: Service) -> Iterator[Authority]:
    """The CAs of the data services that it reaches."""
    for name in trusting(blueprint.catalogue, service):
        authority = blueprint.connected[name].authority
        assert authority is not None
        yield authority(blueprint)


def _writable(meta: ServiceMeta, service: Service) -> list[Manifest]:
    """What the program may write to: parts of one volume, so that `scratch` is the size of all together."""
    tmp = [SCRATCH_PATH] if meta.blueprint.catalogue.has_tmp(service) else []
    if tmp and not service.writable:
        return [SCRATCH_MOUNT]
    paths = (*tmp, *service.writable)
    return [{**SCRATCH_MOUNT, "mountPath": path, "subPath": path.removeprefix("/")} for path in paths]
