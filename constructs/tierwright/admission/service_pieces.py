"""What users add to services as Kubernetes writes it, judged by the API server's rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import msgspec

from tierwright.admission.clashes import of_node_ports, of_time_zones
from tierwright.admission.field_rules import below
from tierwright.blueprint import Evaluated
from tierwright.components.extra_objects import position
from tierwright.config.fields import paths_of
from tierwright.config.problems import Complaint, Path
from tierwright.config.soundness import value_at
from tierwright.kit.pods import template_in
from tierwright.model.labels import NAME_LABEL
from tierwright.model.platform import Platform
from tierwright.model.running_values import Spread
from tierwright.model.workload_values import ServiceValues
from tierwright.model.workloads import ends

Judge = Callable[[Any], Iterator[Complaint]]

_TOGETHER = (("spread", "constraints"),)
"""Lists that are judged as a whole, because of what may not be there twice."""


def of_services(platform: Platform, objects: Sequence[Evaluated]) -> Iterator[Complaint]:
    """What is wrong with the pieces that the values give to each service that is there, and what clashes with others."""
    for name, (path, wrong, allowed) in (*of_time_zones(objects), *of_node_ports(objects)):
        yield where_written(platform, name, path), wrong, allowed
    given = {name: _pieces(values) for name, values in platform.values.services.items()}
    if not any(any(pieces.values()) for pieces in given.values()):
        return
    workloads = dict(_workloads(objects))
    for name, pieces in given.items():
        if name in workloads and any(pieces.values()):
            for path, wrong, allowed in _complaints(
                pieces, _judges(platform.values_of(name), workloads[name], ends=ends(platform.service(name)))
            ):
                yield where_written(platform, name, path), wrong, allowed


def _named(kind: Any) -> str:
    return "spread" if kind is Spread else ""


def of_other_spreads(platform: Platform) -> Iterator[Complaint]:
    """What is wrong with how the pods of data services are spread."""
    for path, _ in paths_of(platform.values, _named):
        constraints = value_at(platform.values, path).constraints if path[0] not in ("defaults", "services") else ()
        if constraints:
            from tierwright.admission.scaling_pieces import of_constraints

            yield from below((*path, "constraints"), of_constraints(constraints))


def _workloads(objects: Sequence[Evaluated]) -> Iterator[tuple[str, Evaluated]]:
    """What runs pods, by whose they are: a Job that runs once is named after its pod too."""
    for evaluated in objects:
        template = template_in(evaluated.manifest) if position(evaluated) is None else None
        name = ((template or {}).get("metadata") or {}).get("labels", {}).get(NAME_LABEL)
        if name is not None:
            yield name, evaluated


def _pieces(values: ServiceValues) -> dict[Path, Any]:
    """Lists of pieces, and pieces that are maps, by their paths in the values of a service."""
    pieces: dict[Path, Any] = {
        ("extraEnv",): values.extra_env,
        ("extraEnvFrom",): values.extra_env_from,
        ("extraVolumes",): values.extra_volumes,
        ("extraVolumeMounts",): values.extra_volume_mounts,
        ("initContainers",): values.init_containers,
        ("sidecars",): values.sidecars,
        ("autoscaling", "metrics"): values.autoscaling.metrics,
        ("autoscaling", "behavior"): values.autoscaling.behavior,
        ("spread", "constraints"): values.spread.constraints,
    }
    fields = {
        ("container",): values.container,
        ("lifecycle",): values.lifecycle,
        ("pod",): values.pod,
        ("security", "pod"): values.security.pod,
        ("service", "spec"): values.service.spec,
    }
    return pieces | {path: msgspec.to_builtins(struct) for path, struct in fields.items()}


def _judges(values: ServiceValues, workload: Evaluated, *, ends: bool) -> dict[Path, Judge]:
    """What judges each piece of a service, whose pods may end by themselves; those of a list, one by one."""
    from tierwright.admission import added_containers, pieces, pod_pieces, scaling_pieces

    containers, volumes = _names(workload)
    pod = (template_in(workload.manifest) or {})["spec"]
    grace = pod.get("terminationGracePeriodSeconds", 30)  # 30 is Kubernetes' own
    within = {"containers": containers, "volumes": volumes, "grace": grace}
    return {
        ("extraEnv",): partial(pieces.of_variable, containers=containers),
        ("extraEnvFrom",): pieces.of_env_source,
        ("extraVolumes",): partial(pieces.of_volume, containers=containers),
        ("extraVolumeMounts",): pieces.of_mount,
        ("initContainers",): partial(added_containers.of_init_container, **within),
        ("sidecars",): partial(added_containers.of_sidecar, ends=ends, **within),
        ("container",): pod_pieces.of_container_fields,
        ("lifecycle",): partial(pod_pieces.of_lifecycle, container=pod["containers"][0], grace=grace),
        ("pod",): pod_pieces.of_pod_fields,
        ("security", "pod"): pod_pieces.of_pod_security,
        ("autoscaling", "metrics"): scaling_pieces.of_metric,
        ("autoscaling", "behavior"): scaling_pieces.of_behavior,
        ("spread", "constraints"): scaling_pieces.of_constraints,
        ("service", "spec"): partial(pod_pieces.of_service_fields, kind=values.service.type),
    }


def _complaints(pieces: dict[Path, Any], judges: dict[Path, Judge]) -> Iterator[Complaint]:
    for path, piece in pieces.items():
        one_by_one = isinstance(piece, list) and path not in _TOGETHER
        each = enumerate(piece) if one_by_one else [(None, piece)] if piece else ()
        for index, item in each:
            yield from below(path if index is None else (*path, index), judges[path](item))


def _names(workload: Evaluated) -> tuple[list[str], list[str]]:
    """The names of all containers of an object's pods, and of their volumes."""
    pod = (template_in(workload.manifest) or {})["spec"]
    claims = [claim["metadata"]["name"] for claim in workload.manifest["spec"].get("volumeClaimTemplates") or ()]
    containers = [container.get("name", "") for key in ("containers", "initContainers") for container in pod.get(key) or ()]
    return containers, [*(volume.get("name", "") for volume in pod.get("volumes") or ()), *claims]


def where_written(platform: Platform, service: str, path: Path) -> Path:
    """Where a value of a service was written. Maps merge, so the deepest entry decides; lists replace, so they are of one place."""
    keys = next((index for index, step in enumerate(path) if isinstance(step, int)), len(path))
    for depth in range(keys, 0, -1):
        for above in (("services", service), ("defaults",)):
            if platform.document.has((*above, *path[:depth])):
                return (*above, *path)
    return ("defaults", *path)
