"""The kinds of objects that the platform is made of."""

from __future__ import annotations

import msgspec


class Kind(msgspec.Struct, frozen=True):
    """A kind: its API version and its name."""

    api_version: str
    name: str

    @property
    def is_custom(self) -> bool:
        """Whether it is not Kubernetes' own, whose groups have no dot or end in `.k8s.io`."""
        group = self.api_version.rpartition("/")[0]
        return "." in group and not group.endswith(".k8s.io")


CLUSTER = Kind("postgresql.cnpg.io/v1", "Cluster")
CONFIG_MAP = Kind("v1", "ConfigMap")
CRON_JOB = Kind("batch/v1", "CronJob")
DEPLOYMENT = Kind("apps/v1", "Deployment")
DISRUPTION_BUDGET = Kind("policy/v1", "PodDisruptionBudget")
AUTOSCALER = Kind("autoscaling/v2", "HorizontalPodAutoscaler")
EXTERNAL_SECRET = Kind("external-secrets.io/v1", "ExternalSecret")
JOB = Kind("batch/v1", "Job")
LIMIT_RANGE = Kind("v1", "LimitRange")
NAMESPACE = Kind("v1", "Namespace")
NETWORK_POLICY = Kind("networking.k8s.io/v1", "NetworkPolicy")
OBJECT_STORE = Kind("barmancloud.cnpg.io/v1", "ObjectStore")
RABBITMQ_CLUSTER = Kind("rabbitmq.com/v1beta1", "RabbitmqCluster")
RESOURCE_QUOTA = Kind("v1", "ResourceQuota")
POD = Kind("v1", "Pod")  # of the chart alone: no manifest has one
ROLE = Kind("rbac.authorization.k8s.io/v1", "Role")
ROLE_BINDING = Kind("rbac.authorization.k8s.io/v1", "RoleBinding")
SCHEDULED_BACKUP = Kind("postgresql.cnpg.io/v1", "ScheduledBackup")
SERVICE = Kind("v1", "Service")
SERVICE_ACCOUNT = Kind("v1", "ServiceAccount")
STATEFUL_SET = Kind("apps/v1", "StatefulSet")

BOUND = tuple(kind for kind in [*vars().values()] if isinstance(kind, Kind) and not kind.is_custom and kind != POD)
"""Those that the bindings have a class for, which `make imports` makes."""
