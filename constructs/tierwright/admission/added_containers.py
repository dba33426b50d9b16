"""What the API server refuses of containers that users add to pods."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from tierwright.admission.container_rules import container_rules, of_amounts, of_named_ports, of_probes
from tierwright.admission.field_rules import EACH, FieldRule, below, broken, matching, places
from tierwright.admission.kubernetes import refusals
from tierwright.admission.pieces import of_env_source, of_hook, of_mount, of_variable
from tierwright.admission.pod_security import unsafe
from tierwright.admission.ports import port_rules, repeated, repeated_ports
from tierwright.config.problems import Complaint, choices, shown, written
from tierwright.model import names
from tierwright.model.checks import LOWER
from tierwright.model.quantities import quantity

Object = Mapping[str, Any]

_PORTS = ("ports", EACH)
_RULES = (
    matching((), "name", names.NAMESPACE_NAME),
    *container_rules(),
    *port_rules(_PORTS, "containerPort", names.PORT_NAME),
    FieldRule(("resources",), "claims", lambda claims: not claims, "none, as the pod has no resourceClaims"),
    FieldRule((), "volumeDevices", lambda devices: not devices, "none, as the pod has no volume that is a device"),
)
_ONGOING = ("livenessProbe", "readinessProbe", "startupProbe", "lifecycle")


def of_init_container(container: Any, *, containers: Collection[str], volumes: Collection[str], grace: int) -> Iterator[Complaint]:
    """An entry of `initContainers`; the arguments are those of `of_sidecar`."""
    yield from of_sidecar(container, containers=containers, volumes=volumes, grace=grace, first=True)


def of_sidecar(
    container: Any,
    *,
    containers: Collection[str],
    volumes: Collection[str],
    grace: int,
    first: bool = False,
    ends: bool = False,
) -> Iterator[Complaint]:
    """An entry of `sidecars`, in a pod with these containers and volumes, which has `grace` seconds to end.

    `first`: it runs before the others. `ends`: the pod ends by itself, where each sidecar is refused as such.
    """
    wrong = list(refusals(container, "Container"))
    yield from wrong or _of_container(container, containers, volumes, grace)
    if not wrong:
        yield from _of_time(container, first=first) if first or not ends else ()
        yield from unsafe(container)


def _of_container(container: Object, containers: Collection[str], volumes: Collection[str], grace: int) -> Iterator[Complaint]:
    yield from broken(container, _RULES)
    yield from repeated_ports(places(container, _PORTS), "containerPort")
    yield from _of_each(container, "env", lambda variable: of_variable(variable, containers))
    yield from _of_each(container, "envFrom", of_env_source)
    yield from _of_each(container, "volumeMounts", of_mount)
    yield from repeated(places(container, ("volumeMounts", EACH)), "mountPath")
    for path, mount in places(container, ("volumeMounts", EACH)):
        if mount["name"] not in volumes:
            yield (*path, "name"), f"the pod has no volume `{shown(mount['name'])}`", choices(mount["name"], volumes)
    for hook in ("postStart", "preStop"):
        for path, handler in places(container, ("lifecycle", hook)):
            yield from of_hook(path, handler, grace)
    yield from of_probes([((), container)])
    yield from of_named_ports([((), container)])
    unsound = list(of_amounts([((), container)]))
    yield from unsound or _of_resources(container.get("resources") or {})


def _of_each(container: Object, key: str, judge: Any) -> Iterator[Complaint]:
    for index, piece in enumerate(container.get(key) or ()):
        yield from below((key, index), judge(piece))


def _of_resources(resources: Object) -> Iterator[Complaint]:
    requests, limits = resources.get("requests") or {}, resources.get("limits") or {}
    for resource in requests.keys() & limits.keys():
        request, limit = str(requests[resource]), str(limits[resource])
        if quantity(request) > quantity(limit):
            yield ("resources", "requests", resource), f"the request {request} is above the limit {limit}", LOWER


def _of_time(container: Object, *, first: bool) -> Iterator[Complaint]:
    """Only what goes on beside the program is probed, and only what comes first can say that it goes on."""
    policy = container.get("restartPolicy")
    if first:
        if policy not in (None, "", "Always"):
            yield (
                ("restartPolicy",),
                f"{written(policy)} is not allowed",
                "allowed: Always, to go on beside the program",
            )
        for key in _ONGOING if policy != "Always" else ():
            if container.get(key) is not None:
                yield (key,), "is for containers that go on, but this one ends first", "remove it, or set restartPolicy: Always"
    elif policy:
        yield ("restartPolicy",), "is for initContainers alone", "remove it, or move the container there"
