"""The pods of a service, whichever kind of workload runs them."""

from __future__ import annotations

from tierwright.components.workloads.container import program, steps
from tierwright.components.workloads.files import checksum
from tierwright.components.workloads.mounts import volumes_of
from tierwright.components.workloads.security import pod_context
from tierwright.components.workloads.storage import affinity, is_bound
from tierwright.components.workloads.usual import USUAL, has_usual_pods, has_usual_volumes, usual_volumes
from tierwright.expressions.tokens import filled
from tierwright.expressions.tree import OmitEmpty, Tree, choose, merged, splice, when
from tierwright.kit.metadata import FURTHER, Manifest
from tierwright.kit.pods import REVISION_LABEL, pod_head, spread_constraints
from tierwright.kit.service_meta import ServiceMeta
from tierwright.kit.startup_gate import VOLUME as GATE_VOLUME
from tierwright.kit.startup_gate import gates
from tierwright.model.service import Service
from tierwright.model.workload_values import ServiceValues
from tierwright.model.workloads import ends, workload_of

KILL_MARGIN_SECONDS = 5
"""Seconds between the end of the drain and SIGKILL."""


def pod_template(meta: ServiceMeta, *, managed: bool = True) -> Manifest:
    """The template of the pods of the service that `meta` names.

    `managed`: one of its labels says what manages it. Without that one, it is the same in each output.
    A pod that ends by itself and fails is kept with its log: a try has a pod of its own.
    """
    annotations = merged(meta.values.pod_annotations, checksum(meta.blueprint, meta.name))
    return {
        "metadata": meta.pod_metadata(labels=meta.values.pod_labels, annotations=annotations, managed=managed),
        "spec": _pod(meta),
    }


def workload_metadata(meta: ServiceMeta, name: str | None = None) -> Tree:
    """The metadata of the workload that runs the pods of the service that `meta` names; `name` where its name is another."""
    values = meta.values
    if name is not None:
        return meta.metadata(name, annotations=values.workload_annotations, labels=values.workload_labels)
    return meta.shared("metadata.workload", _metadata)


def _metadata(meta: ServiceMeta) -> Manifest:
    return meta.extended(annotations=meta.values.workload_annotations, labels=meta.values.workload_labels)


def min_ready_seconds(values: ServiceValues) -> Tree:
    """The `minReadySeconds` of a workload."""
    seconds = values.rollout.min_ready_seconds
    return when(seconds > 0, seconds)


def _pod(meta: ServiceMeta) -> Manifest:
    values, service = meta.values, meta.blueprint.service(meta.name)
    waiting = gates(meta.blueprint, meta.name)
    is_usual = bool(waiting) and has_usual_volumes(meta.blueprint.catalogue, service)
    end, usual = usual_volumes(meta.blueprint.catalogue, service)
    return {
        **(meta.entries("pod.head", _head) if has_usual_pods(service) else _head(meta, service)),
        "initContainers": OmitEmpty([*waiting, splice(values.init_containers), *steps(meta)]),
        "containers": [program(meta), splice(values.sidecars)],
        **(
            meta.entries(f"pod.volumes{end}", lambda meta: _volumes(meta, usual))
            if is_usual
            else _volumes(meta, service, gated=bool(waiting))
        ),
    }


def _head(meta: ServiceMeta, service: Service = USUAL) -> Manifest:
    """What a pod says before its containers."""
    account = meta.values.service_account
    return pod_head(
        meta.blueprint,
        service_account=choose(filled(account.name), account.name, meta.name),
        token=account.automount_token,
        security=pod_context(meta, service),
        placement=meta.values.placement,
        affinity=affinity(meta, service),
        spread=_spread(meta, service),
        restart_policy="Never" if ends(service) else None,
        grace_seconds=_grace_seconds(meta, service),
    )


def _spread(meta: ServiceMeta, service: Service) -> list[Tree] | None:
    """How the pods are spread, where there may be several."""
    if service.singleton or ends(service):
        return None
    # Pods of several revisions are counted together where each stays where its volume is.
    revision = None if workload_of(service) == "StatefulSet" else REVISION_LABEL
    return spread_constraints(meta.values.spread, meta, by_revision=revision, softly=is_bound(meta, service))


def _grace_seconds(meta: ServiceMeta, service: Service) -> Tree:
    drain, pause = meta.values.shutdown.drain_seconds, meta.values.shutdown.pre_stop_seconds
    return (pause + drain if service.all_ports else drain) + KILL_MARGIN_SECONDS


def _volumes(meta: ServiceMeta, service: Service, *, gated: bool = True) -> Manifest:
    """What a pod says after its containers."""
    own = [*volumes_of(meta, service), *([GATE_VOLUME] if gated else [])]
    return {"volumes": OmitEmpty([*own, splice(meta.values.extra_volumes)]), FURTHER: splice(meta.values.pod)}
