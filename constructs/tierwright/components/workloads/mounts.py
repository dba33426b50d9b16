"""The volumes of a service's pods, and where its containers mount them."""

from __future__ import annotations

from tierwright.components.workloads.files import file_mounts, file_volumes
from tierwright.components.workloads.storage import claims_of, shared_mounts, shared_volumes
from tierwright.expressions.tree import Tree, splice
from tierwright.kit.claims import claim_mounts, empty_dirs
from tierwright.kit.metadata import Manifest
from tierwright.kit.pods import SCRATCH_MOUNT, scratch_volume
from tierwright.kit.service_meta import ServiceMeta
from tierwright.model.mounts import SCRATCH_PATH
from tierwright.model.service import Service


def volumes_of(meta: ServiceMeta, service: Service) -> list[Tree]:
    """The volumes of a service, before those that its values add."""
    has_scratch = meta.blueprint.catalogue.has_scratch(service)
    return [
        *([scratch_volume(meta.values.scratch)] if has_scratch else []),
        *file_volumes(meta, service),
        *empty_dirs(claims_of(meta, service)),
        *shared_volumes(service),
    ]


def mounts_of(meta: ServiceMeta, service: Service) -> list[Tree]:
    """Where the containers of a service mount its volumes, with the mounts that its values add."""
    return [
        *_writable(meta, service),
        *file_mounts(meta, service),
        *claim_mounts(claims_of(meta, service)),
        *shared_mounts(service),
        splice(meta.values.extra_volume_mounts),
    ]


def _writable(meta: ServiceMeta, service: Service) -> list[Manifest]:
    """What the program may write to: parts of one volume, so that `scratch` is the size of all together."""
    tmp = [SCRATCH_PATH] if meta.blueprint.catalogue.has_tmp(service) else []
    if tmp and not service.writable:
        return [SCRATCH_MOUNT]
    paths = (*tmp, *service.writable)
    return [{**SCRATCH_MOUNT, "mountPath": path, "subPath": path.removeprefix("/")} for path in paths]
