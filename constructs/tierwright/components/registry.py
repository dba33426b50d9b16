"""The one list of components. The order is that of the values, and within a file that of the objects."""

from __future__ import annotations

from tierwright.components.chart_test import CHART_TEST
from tierwright.components.data.postgres import POSTGRES
from tierwright.components.data.rabbitmq import RABBITMQ
from tierwright.components.data.redis import REDIS
from tierwright.components.extra_objects import EXTRA_OBJECTS
from tierwright.components.namespace import NAMESPACE
from tierwright.components.secrets.external_secrets import EXTERNAL_SECRETS
from tierwright.components.secrets.generator import SECRET_GENERATOR
from tierwright.kit.component import Component

COMPONENTS: tuple[Component, ...] = (
    NAMESPACE,
    EXTRA_OBJECTS,
    CHART_TEST,
    EXTERNAL_SECRETS,
    SECRET_GENERATOR,
    POSTGRES,
    RABBITMQ,
    REDIS,
)
"""What platforms can have; each of them has those that are no data services."""
