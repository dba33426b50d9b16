"""What autoscalers measure by, against what the containers of their pods ask for.

The usage of a pod is a share of what all of its containers ask for that go on. Where one asks for nothing, nobody knows the
share, and no pod is ever taken away, whatever the other metrics say:
https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tierwright.admission.containers import Defaults, Object, Pods
from tierwright.admission.service_pieces import where_written
from tierwright.blueprint import Evaluated
from tierwright.components.extra_objects import position
from tierwright.config.problems import Complaint, Path
from tierwright.kit.cluster_scoped import group_of
from tierwright.kit.own_autoscalers import target_of
from tierwright.model.platform import Platform

_UNSAID: Sequence[Object] = ({"type": "Resource", "resource": {"name": "cpu"}},)
"""What Kubernetes goes by where an autoscaler names no metric."""


def unmeasured(platform: Platform, objects: Sequence[Evaluated], pods: Sequence[Pods], defaults: Defaults) -> Iterator[Complaint]:
    """Containers of services that ask for nothing of what their autoscaler goes by, nor get a default of a LimitRange."""
    services = {(of.kind, of.name): of for of in pods if of.name in platform.catalogue.services}
    for evaluated in objects:
        spec: Object = evaluated.manifest.get("spec") or {}
        of = services.get(target_of(spec)) if _is_autoscaler(evaluated) else None
        if of is None:
            continue
        # Where the autoscaler is the platform's, a rule of the values has the program's own container.
        containers = [one for one in _lasting(of) if position(evaluated) is not None or one["name"] != of.name]
        for resource, only in _resources(spec):
            for container in containers:
                if only in ("", container["name"]) and defaults.amount(container, "requests", resource) is None:
                    path = (*_place(platform, of.name, container["name"]), "resources", "requests", resource)
                    yield (
                        where_written(platform, of.name, path),
                        f"requests.{resource} is not set, but the autoscaler measures by it",
                        f"set it, or namespace.limitRange.defaultRequests.{resource}",
                    )


def _is_autoscaler(evaluated: Evaluated) -> bool:
    return (group_of(evaluated.api_version), evaluated.kind) == ("autoscaling", "HorizontalPodAutoscaler")


def _resources(spec: Object) -> Iterator[tuple[str, str]]:
    """The resources of which an autoscaler wants a share, each with the one container that counts; '' where all do."""
    for metric in spec.get("metrics") or _UNSAID:
        source: Object = metric.get("containerResource" if metric["type"] == "ContainerResource" else "resource") or {}
        if source and (source.get("target") or {}).get("type", "Utilization") == "Utilization":
            yield source["name"], source.get("container", "")


def _lasting(of: Pods) -> Iterator[Object]:
    """The containers of a pod that go on."""
    yield from of.spec.get("containers") or ()
    yield from (one for one in of.spec.get("initContainers") or () if one.get("restartPolicy") == "Always")


def _place(platform: Platform, service: str, container: str) -> Path:
    """Where the values of a service have a container; the program's own is the service."""
    values = platform.values_of(service)
    added = {"sidecars": values.sidecars, "initContainers": values.init_containers}
    places = ((key, index) for key, listed in added.items() for index, one in enumerate(listed) if one["name"] == container)
    return next(places, ())
