"""The pods of a service, whichever kind of workload runs them."""

from __future__ import annotations

from collections.abc import Sequence

from tierwright.components.service_environment import service_environment
from tierwright.components.workloads.files import checksum
from tierwright.components.workloads.lifecycle import lifecycle
from tierwright.components.workloads.mounts import mounts_of, volumes_of
from tierwright.components.workloads.security import container_context, pod_context
from tierwright.components.workloads.storage import affinity, shared_groups
from tierwright.expressions.tokens import filled
from tierwright.expressions.tree import OmitEmpty, Tree, choose, merged, splice, when
from tierwright.kit.metadata import FURTHER, Manifest, ObjectMeta
from tierwright.kit.pods import pod_spec, resources
from tierwright.kit.ports import container_ports
from tierwright.kit.probes import probes
from tierwright.kit.startup_gate import VOLUME as GATE_VOLUME
from tierwright.kit.startup_gate import gates
from tierwright.model.own_names import step_of
from tierwright.model.ports import ServicePort
from tierwright.model.workload_values import ServiceValues
from tierwright.model.workloads import ends

KILL_MARGIN_SECONDS = 5
"""Seconds between the end of the drain and SIGKILL."""

_OF_STEP = ("name", "image", "imagePullPolicy", "command", "env", "envFrom", "resources", "securityContext", "volumeMounts")
"""The fields of the program's container that the steps before it have too."""


def pod_template(meta: ObjectMeta, *, spread: Sequence[Tree] = (), managed: bool = True) -> Manifest:
    """The template of the pods of the service that `meta` names; `spread` says how they are spread, where there may be several.

    `managed`: one of its labels says what manages it. Without that one, it is the same in each output.
    A pod that ends by itself and fails is kept with its log: a try has a pod of its own.
    """
    values = meta.blueprint.values_of(meta.name)
    annotations = merged(values.pod_annotations, checksum(meta.blueprint, meta.name))
    return {
        "metadata": meta.pod_metadata(labels=values.pod_labels, annotations=annotations, managed=managed),
        "spec": _pod(meta, values, spread),
    }


def workload_metadata(meta: ObjectMeta, name: str | None = None) -> Tree:
    """The metadata of the workload that runs the pods of the service that `meta` names; `name` where its name is another."""
    values = meta.blueprint.values_of(meta.name)
    return meta.metadata(name, annotations=values.workload_annotations, labels=values.workload_labels)


def min_ready_seconds(values: ServiceValues) -> Tree:
    """The `minReadySeconds` of a workload."""
    seconds = values.rollout.min_ready_seconds
    return when(seconds > 0, seconds)


def _pod(meta: ObjectMeta, values: ServiceValues, spread: Sequence[Tree]) -> Manifest:
    blueprint, service = meta.blueprint, meta.blueprint.service(meta.name)
    waiting, account = gates(blueprint, meta.name), values.service_account
    groups = shared_groups(blueprint, meta.name)
    security = pod_context(blueprint, values.security, owns_volumes=bool(service.storage), groups=groups)
    program = _container(meta, values)
    spec = pod_spec(
        blueprint,
        service_account=choose(filled(account.name), account.name, meta.name),
        token=account.automount_token,
        security=security,
        placement=values.placement,
        affinity=affinity(blueprint, meta.name),
        spread=spread,
        restart_policy="Never" if ends(service) else None,
        grace_seconds=_grace_seconds(service.all_ports, values),
        init_containers=[*waiting, splice(values.init_containers), *_preparation(meta, program)],
        containers=[program, splice(values.sidecars)],
        volumes=[*volumes_of(blueprint, meta.name), *([GATE_VOLUME] if waiting else []), splice(values.extra_volumes)],
    )
    return {**spec, FURTHER: splice(values.pod)}


def _preparation(meta: ObjectMeta, program: Manifest) -> list[Manifest]:
    """The steps between the gates and the program: each as the program's container is, but for its command."""
    blueprint, name = meta.blueprint, meta.name
    alike = {key: program[key] for key in _OF_STEP}
    return [
        {**alike, "name": step_of(number), "command": [blueprint.fill(word, client=name) for word in words]}
        for number, words in enumerate(blueprint.service(name).prepare, start=1)
    ]


def _container(meta: ObjectMeta, values: ServiceValues) -> Manifest:
    blueprint, name = meta.blueprint, meta.name
    service, ports = blueprint.service(name), blueprint.service(name).all_ports
    return {
        "name": name,
        "image": blueprint.image(blueprint.image_of(name), name=blueprint.catalogue.image_owner(name)),
        "imagePullPolicy": blueprint.values.images.pull_policy,
        "command": _words(values.command, [blueprint.fill(word, client=name) for word in service.command]),
        "args": _words(values.args, [blueprint.fill(word, client=name) for word in service.args]),
        "ports": OmitEmpty(container_ports(ports)),
        "env": service_environment(blueprint, name),
        "envFrom": OmitEmpty(values.extra_env_from),
        "resources": resources(blueprint, values.resources),
        **probes(blueprint, name),
        "lifecycle": lifecycle(blueprint, values.lifecycle, values.shutdown.pre_stop_seconds if ports else None),
        "securityContext": container_context(blueprint, values.security),
        "volumeMounts": OmitEmpty(mounts_of(blueprint, name)),
        FURTHER: splice(values.container),
    }


def _words(values: list[str], catalogue: list[str]) -> Tree:
    """The command, or its arguments: those of the values, else those of the catalogue, else the image's own."""
    return when(filled(values), values, catalogue) if catalogue else OmitEmpty(values)


def _grace_seconds(ports: Sequence[ServicePort], values: ServiceValues) -> Tree:
    drain = values.shutdown.drain_seconds
    return (values.shutdown.pre_stop_seconds + drain if ports else drain) + KILL_MARGIN_SECONDS
