"""The one list of components. The objects of a file, and the values of components before the same key, are in its order."""

from __future__ import annotations

from tierwright.components.chart_test import CHART_TEST
from tierwright.components.data import data_service_kind
from tierwright.components.extra_objects import EXTRA_OBJECTS
from tierwright.components.namespace import NAMESPACE
from tierwright.components.network_policy import NETWORK_POLICY
from tierwright.components.network_policy.destinations import DESTINATIONS
from tierwright.components.network_policy.edge import EDGE
from tierwright.components.network_policy.metrics import METRICS
from tierwright.components.public_hosts import PUBLIC_HOSTS
from tierwright.components.secrets import SECRETS
from tierwright.components.settings import SETTINGS
from tierwright.components.startup import STARTUP
from tierwright.components.workloads.jobs import JOBS
from tierwright.components.workloads.storage import STORAGE
from tierwright.kit.component import Component
from tierwright.model.part import PartKind

COMPONENTS: tuple[Component | PartKind, ...] = (
    NAMESPACE,
    NETWORK_POLICY,
    EDGE,
    METRICS,
    DESTINATIONS,
    PUBLIC_HOSTS,
    STARTUP,
    EXTRA_OBJECTS,
    SECRETS,
    CHART_TEST,
    SETTINGS,
    STORAGE,
    JOBS,
    data_service_kind("postgres"),
    data_service_kind("rabbitmq"),
    data_service_kind("redis"),
)
"""The components that platforms can have. Every platform has the components, but for those that only some services want, and of the
kinds those data services that its catalogue names."""
