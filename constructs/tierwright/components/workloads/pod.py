"""The pods of a service, whichever kind of workload runs them."""

from __future__ import annotations

from collections.abc import Sequence

from tierwright.blueprint import Blueprint
from tierwright.components.service_environment import service_environment
from tierwright.components.workloads.mounts import mounts_of, volumes_of
from tierwright.expressions.expression import Argument
from tierwright.expressions.tokens import Text, expression_of, operand_of, traced
from tierwright.expressions.tree import Include, OmitEmpty, splice
from tierwright.kit.metadata import Manifest, ObjectMeta
from tierwright.kit.network_boundary import HTTP
from tierwright.kit.pods import (
    CONTAINER_SECURITY,
    pod_security,
    pod_spec,
    resources,
)
from tierwright.kit.startup_gate import VOLUME as GATE_VOLUME
from tierwright.kit.startup_gate import gates
from tierwright.model.workload_values import Probe, ServiceValues

KILL_MARGIN_SECONDS = 5
"""Seconds between the end of the drain and SIGKILL."""


def pod_template(meta: ObjectMeta, *, spread: Sequence[Manifest] = ()) -> Manifest:
    """The template of the pods of the service that `meta` names; `spread` says how they are spread, where there may be several."""
    values = meta.blueprint.values_of(meta.name)
    return {
        "metadata": meta.pod_metadata(labels=values.pod_labels, annotations=values.pod_annotations),
        "spec": _pod(meta, values, spread),
    }


def _pod(meta: ObjectMeta, values: ServiceValues, spread: Sequence[Manifest]) -> Manifest:
    blueprint = meta.blueprint
    waiting = gates(blueprint, meta.name)
    return pod_spec(
        blueprint,
        service_account=meta.name,
        security=pod_security(values.security),
        placement=values.placement,
        spread=spread,
        grace_seconds=values.shutdown.pre_stop_seconds + values.shutdown.drain_seconds + KILL_MARGIN_SECONDS,
        init_containers=waiting,
        containers=[_container(meta, values)],
        volumes=[*volumes_of(blueprint, meta.name), *([GATE_VOLUME] if waiting else []), splice(values.extra_volumes)],
    )


def _container(meta: ObjectMeta, values: ServiceValues) -> Manifest:
    blueprint, name = meta.blueprint, meta.name
    return {
        "name": name,
        "image": blueprint.image(values.image, name=name),
        "imagePullPolicy": blueprint.values.images.pull_policy,
        "command": OmitEmpty(values.command),
        "args": OmitEmpty(values.args),
        "ports": [{"name": HTTP, "containerPort": blueprint.service(name).port, "protocol": "TCP"}],
        "env": service_environment(blueprint, name),
        "resources": resources(blueprint, values.resources),
        **_probes(blueprint, values),
        # Endpoints lag behind termination: go on serving until every node routes elsewhere.
        "lifecycle": {"preStop": {"sleep": {"seconds": values.shutdown.pre_stop_seconds}}},
        "securityContext": CONTAINER_SECURITY,
        "volumeMounts": mounts_of(blueprint, name),
    }


def _probes(blueprint: Blueprint, values: ServiceValues) -> Manifest:
    probes = values.probes

    def probe(path: str, probe: Probe) -> Include:
        return blueprint.call("probe", _http_probe, path=operand_of(path), probe=expression_of(probe))

    return {
        # The readiness path, so that the first readiness probe, which follows at once, succeeds.
        "startupProbe": probe(probes.readiness_path, probes.startup),
        "readinessProbe": probe(probes.readiness_path, probes.readiness),
        "livenessProbe": probe(probes.liveness_path, probes.liveness),
    }


def _http_probe() -> Manifest:
    probe = traced(Probe, Argument("probe"))
    return {
        "httpGet": {"path": Text(Argument("path")), "port": HTTP},
        "periodSeconds": probe.period_seconds,
        "timeoutSeconds": probe.timeout_seconds,
        "failureThreshold": probe.failure_threshold,
    }
