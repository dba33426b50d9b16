"""The kinds of objects that the platform is made of."""

from __future__ import annotations

import msgspec


class Kind(msgspec.Struct, frozen=True):
    """A kind: its API version and its name. `bound`: the bindings have a class for it, which `make imports` makes."""

    api_version: str
    name: str
    bound: bool = True


CONFIG_MAP = Kind("v1", "ConfigMap")
DEPLOYMENT = Kind("apps/v1", "Deployment")
DISRUPTION_BUDGET = Kind("policy/v1", "PodDisruptionBudget")
AUTOSCALER = Kind("autoscaling/v2", "HorizontalPodAutoscaler")
EXTERNAL_SECRET = Kind("external-secrets.io/v1", "ExternalSecret", bound=False)
JOB = Kind("batch/v1", "Job")
LIMIT_RANGE = Kind("v1", "LimitRange")
NAMESPACE = Kind("v1", "Namespace")
NETWORK_POLICY = Kind("networking.k8s.io/v1", "NetworkPolicy")
RESOURCE_QUOTA = Kind("v1", "ResourceQuota")
POD = Kind("v1", "Pod", bound=False)  # of the chart alone: no manifest has one
ROLE = Kind("rbac.authorization.k8s.io/v1", "Role")
ROLE_BINDING = Kind("rbac.authorization.k8s.io/v1", "RoleBinding")
SERVICE = Kind("v1", "Service")
SERVICE_ACCOUNT = Kind("v1", "ServiceAccount")
STATEFUL_SET = Kind("apps/v1", "StatefulSet")

BOUND = tuple(one for one in [*vars().values()] if isinstance(one, Kind) and one.bound)
"""Those that the bindings have a class for."""
