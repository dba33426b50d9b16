"""How many pods there are, and how many a drain may take."""

from __future__ import annotations

from castiel.cdk import Construct, k8s
from castiel.manifest import Identity, Manifest
from castiel.model.workload_values import Autoscaling
from castiel.model.workload_values import DisruptionBudget as BudgetValues


class Autoscaler(k8s.KubeHorizontalPodAutoscalerV2):
    """The HorizontalPodAutoscaler of a Deployment, which then owns its number of pods."""

    def __init__(self, scope: Construct, id: str, *, identity: Identity, scaling: Autoscaling) -> None:
        super().__init__(scope, id, metadata=identity.metadata(), spec=_autoscaler(identity.name, scaling))


class DisruptionBudget(k8s.KubePodDisruptionBudget):
    """How many pods a drain may take at once. On a single pod it would block every drain."""

    def __init__(self, scope: Construct, id: str, *, identity: Identity, budget: BudgetValues) -> None:
        spec = {
            "maxUnavailable": budget.max_unavailable,
            "selector": {"matchLabels": identity.selector},
            # A pod that is broken already must not keep a node from being drained.
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
        }
        super().__init__(scope, id, metadata=identity.metadata(), spec=spec)


def _autoscaler(name: str, scaling: Autoscaling) -> Manifest:
    return {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
        "minReplicas": scaling.min_replicas,
        "maxReplicas": scaling.max_replicas,
        "metrics": [_metric("cpu", scaling.target_cpu_percent), _metric("memory", scaling.target_memory_percent)],
        "behavior": {
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
        },
    }


def _metric(resource: str, percent: int) -> Manifest:
    return {"type": "Resource", "resource": {"name": resource, "target": {"type": "Utilization", "averageUtilization": percent}}}
