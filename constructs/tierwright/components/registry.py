"""The one list of components. Values, and the objects of a file, are in its order."""

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
"""The components that platforms can have. Every platform has all of them except data services, which its catalogue names."""
