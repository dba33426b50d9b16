"""The containers of a service's pods: its program, and the steps before it."""

from __future__ import annotations

from tierwright.components.service_environment import service_environment
from tierwright.components.workloads.lifecycle import lifecycle
from tierwright.components.workloads.mounts import mounts_of
from tierwright.components.workloads.security import container_context
from tierwright.components.workloads.usual import USUAL, has_usual_command, has_usual_health, has_usual_volumes, usual_volumes
from tierwright.expressions.tokens import filled
from tierwright.expressions.tree import OmitEmpty, Tree, splice, when
from tierwright.kit.metadata import FURTHER, Manifest
from tierwright.kit.pods import resources
from tierwright.kit.ports import container_ports
from tierwright.kit.probes import probes
from tierwright.kit.service_meta import ServiceMeta
from tierwright.model.own_names import step_of
from tierwright.model.service import Service

_OF_STEP = ("name", "image", "imagePullPolicy", "command", "env", "envFrom", "resources", "securityContext", "volumeMounts")
"""The fields of the program's container that the steps before it have too."""


def program(meta: ServiceMeta) -> Manifest:
    """The container of the program of the service that `meta` names."""
    service = meta.blueprint.service(meta.name)
    return {
        "name": meta.name,
        "image": _image(meta),
        **(meta.entries("container.command", _command) if has_usual_command(service) else _command(meta, service)),
        "ports": OmitEmpty(container_ports(service.all_ports)),
        "env": service_environment(meta.blueprint, meta.name),
        **(meta.entries("container.running", _running) if has_usual_health(service) else _running(meta, service)),
        **_mounts_of(meta, service),
    }


def steps(meta: ServiceMeta) -> list[Manifest]:
    """The steps between the gates and the program: each as the program's container is, but for its command.

    What may stand before a data service is not for them: they connect to the server itself.
    """
    blueprint, name = meta.blueprint, meta.name
    service = blueprint.service(name)
    if not service.prepare:
        return []
    whole = {
        "name": name,
        "image": _image(meta),
        **_command(meta, service),
        "env": service_environment(blueprint, name, step=True),
        **_running(meta, service),
        **_mounts(meta, service),
    }
    alike = {key: whole[key] for key in _OF_STEP}
    return [
        {**alike, "name": step_of(number), "command": [blueprint.fill(word, client=name, step=True) for word in words]}
        for number, words in enumerate(service.prepare, start=1)
    ]


def _image(meta: ServiceMeta) -> str:
    blueprint = meta.blueprint
    return blueprint.image(blueprint.image_of(meta.name), name=blueprint.catalogue.image_owner(meta.name))


def _command(meta: ServiceMeta, service: Service = USUAL) -> Manifest:
    def filled_in(words: list[str]) -> list[str]:
        return [meta.blueprint.fill(word, client=meta.name) for word in words]

    return {
        "imagePullPolicy": meta.blueprint.values.images.pull_policy,
        "command": _words(meta.values.command, filled_in(service.command)),
        "args": _words(meta.values.args, filled_in(service.args)),
    }


def _words(values: list[str], catalogue: list[str]) -> Tree:
    """The command, or its arguments: those of the values, else those of the catalogue, else the image's own."""
    return when(filled(values), values, catalogue) if catalogue else OmitEmpty(values)


def _running(meta: ServiceMeta, service: Service = USUAL) -> Manifest:
    """What follows the variables."""
    return {
        "envFrom": OmitEmpty(meta.values.extra_env_from),
        "resources": resources(meta.blueprint, meta.values.resources),
        **probes(meta, service),
        "lifecycle": lifecycle(meta, service),
        "securityContext": container_context(meta),
    }


def _mounts_of(meta: ServiceMeta, service: Service) -> Manifest:
    catalogue = meta.blueprint.catalogue
    if not has_usual_volumes(catalogue, service):
        return _mounts(meta, service)
    end, usual = usual_volumes(catalogue, service)
    return meta.entries(f"container.mounts{end}", lambda meta: _mounts(meta, usual))


def _mounts(meta: ServiceMeta, service: Service) -> Manifest:
    """What follows all this, up to the end."""
    return {"volumeMounts": OmitEmpty(mounts_of(meta, service)), FURTHER: splice(meta.values.container)}
