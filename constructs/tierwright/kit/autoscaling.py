"""How many pods there are, and how many a drain may take."""

from __future__ import annotations

from tierwright.expressions.conditions import Condition, all_of, any_of, opposite
from tierwright.expressions.tokens import filled
from tierwright.expressions.tree import OmitEmpty, Tree, splice, when
from tierwright.kit.metadata import Manifest, ObjectMeta
from tierwright.model.running_values import Autoscaling
from tierwright.model.workload_values import ServiceValues


def autoscaler(name: str, scaling: Autoscaling) -> Manifest:
    """The spec of a HorizontalPodAutoscaler of the Deployment `name`: it owns the number of pods, in the bounds of `scaling`."""
    return {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
        "minReplicas": scaling.min_replicas,
        "maxReplicas": scaling.max_replicas,
        "metrics": OmitEmpty(
            [
                _metric("cpu", scaling.target_cpu_percent),
                _metric("memory", scaling.target_memory_percent),
                splice(scaling.metrics),
            ]
        ),
        "behavior": when(filled(scaling.behavior), scaling.behavior, _behavior(scaling)),
    }


def disruption_budget(meta: ObjectMeta, max_unavailable: Tree) -> Manifest:
    """The spec of a PodDisruptionBudget of the workload that `meta` names: how many of its pods a drain may take at once."""
    return {
        "maxUnavailable": max_unavailable,
        "selector": {"matchLabels": meta.selector},
        # A pod that is broken already must not keep a node from being drained.
        "unhealthyPodEvictionPolicy": "AlwaysAllow",
    }


def is_scaled(values: ServiceValues) -> Condition:
    """Whether an autoscaler owns the number of pods, this platform's or another."""
    return any_of(values.autoscaling.enabled, values.autoscaling.external)


def has_budget(values: ServiceValues) -> Condition:
    """Whether a service with these values has a budget: on a single pod it would block every drain."""
    scaled = is_scaled(values)
    several = any_of(all_of(scaled, values.autoscaling.min_replicas > 1), all_of(opposite(scaled), values.replicas > 1))
    return all_of(values.disruption_budget.enabled, several)


def _behavior(scaling: Autoscaling) -> Manifest:
    """In a minute up to twice as many pods, or half of them."""
    return {
        "scaleUp": {
            "stabilizationWindowSeconds": scaling.scale_up_window_seconds,
            "selectPolicy": "Max",
            "policies": [
                {"type": "Percent", "value": 100, "periodSeconds": 60},
                {"type": "Pods", "value": 2, "periodSeconds": 60},
            ],
        },
        "scaleDown": {
            "stabilizationWindowSeconds": scaling.scale_down_window_seconds,
            "selectPolicy": "Min",
            "policies": [
                {"type": "Percent", "value": 50, "periodSeconds": 60},
                {"type": "Pods", "value": 1, "periodSeconds": 60},
            ],
        },
    }


def _metric(resource: str, percent: int) -> Tree:
    """A target for the use of a resource; 0 is none."""
    target = {"type": "Utilization", "averageUtilization": percent}
    return when(percent > 0, {"type": "Resource", "resource": {"name": resource, "target": target}})
