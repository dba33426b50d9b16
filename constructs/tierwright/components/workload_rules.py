"""Rules over the values of a service that follow from the workload which runs it."""

from __future__ import annotations

from collections.abc import Iterator

from tierwright.blueprint import Blueprint
from tierwright.kit.rules import Rule, Rules
from tierwright.model.workloads import can_scale, ends, nature_of


def _one_pod(blueprint: Blueprint, name: str) -> Iterator[Rule]:
    """What the schema of the chart says too, but for a service without values of its own, which has those of all."""
    if blueprint.service(name).singleton:
        replicas = blueprint.values_of(name).replicas
        yield Rule(
            path=("services", name, "replicas"),
            broken=replicas > 1,  # type: ignore[arg-type] # a condition, as the value is open
            wrong=f"{replicas} is not allowed",
            allowed=f"allowed: 0 or 1, as {name} is a singleton",
        )


def _no_autoscaler(blueprint: Blueprint, name: str) -> Iterator[Rule]:
    service = blueprint.service(name)
    if can_scale(service) or ends(service):
        return
    scaling = blueprint.values_of(name).autoscaling
    for key, broken in (("enabled", scaling.enabled), ("external", scaling.external)):
        yield Rule(
            path=("services", name, "autoscaling", key),
            broken=broken,  # type: ignore[arg-type]
            wrong=f"{name} {nature_of(service)}, so nothing may add pods to it",
            allowed="set it to false",
        )


WORKLOAD_RULES = Rules(of_named=(_one_pod, _no_autoscaler))
