"""The kinds of objects that the platform is made of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from castiel.cdk import ApiObject, Construct, JsonPatch, k8s

_UPPER = re.compile(r"(?=[A-Z])")


@dataclass(frozen=True)
class Kind:
    """A kind: its API version, its name, and the cdk8s class that makes objects of it; None for custom resources."""

    api_version: str
    name: str
    binding: Any = None

    def make(self, scope: Construct, id: str, manifest: dict[str, Any]) -> None:
        """Make the object in cdk8s; `manifest` has everything but its API version and kind."""
        if self.binding is not None:
            self.binding(scope, id, **{_UPPER.sub("_", key).lower(): value for key, value in manifest.items()})
            return
        metadata = manifest.get("metadata", {})
        made = ApiObject(scope, id, api_version=self.api_version, kind=self.name, metadata=metadata)
        for key, value in manifest.items():
            if key != "metadata":
                made.add_json_patch(JsonPatch.add(f"/{key}", value))


CONFIG_MAP = Kind("v1", "ConfigMap", k8s.KubeConfigMap)
DEPLOYMENT = Kind("apps/v1", "Deployment", k8s.KubeDeployment)
DISRUPTION_BUDGET = Kind("policy/v1", "PodDisruptionBudget", k8s.KubePodDisruptionBudget)
AUTOSCALER = Kind("autoscaling/v2", "HorizontalPodAutoscaler", k8s.KubeHorizontalPodAutoscalerV2)
EXTERNAL_SECRET = Kind("external-secrets.io/v1", "ExternalSecret")
JOB = Kind("batch/v1", "Job", k8s.KubeJob)
LIMIT_RANGE = Kind("v1", "LimitRange", k8s.KubeLimitRange)
NAMESPACE = Kind("v1", "Namespace", k8s.KubeNamespace)
NETWORK_POLICY = Kind("networking.k8s.io/v1", "NetworkPolicy", k8s.KubeNetworkPolicy)
RESOURCE_QUOTA = Kind("v1", "ResourceQuota", k8s.KubeResourceQuota)
POD = Kind("v1", "Pod")  # of the chart alone: no manifest has one
ROLE = Kind("rbac.authorization.k8s.io/v1", "Role", k8s.KubeRole)
ROLE_BINDING = Kind("rbac.authorization.k8s.io/v1", "RoleBinding", k8s.KubeRoleBinding)
SERVICE = Kind("v1", "Service", k8s.KubeService)
SERVICE_ACCOUNT = Kind("v1", "ServiceAccount", k8s.KubeServiceAccount)
STATEFUL_SET = Kind("apps/v1", "StatefulSet", k8s.KubeStatefulSet)
