"""All rules that both the program and the chart hold."""

from __future__ import annotations

from collections.abc import Iterable

from tierwright.components.addition_rules import ADDITION_RULES
from tierwright.components.annotation_rules import ANNOTATION_RULES
from tierwright.components.autoscaler_rules import AUTOSCALER_RULES
from tierwright.components.data.rules import DATA_RULES
from tierwright.components.object_rules import OBJECT_RULES
from tierwright.components.platform_rules import PLATFORM_RULES
from tierwright.components.public_rules import PUBLIC_RULES
from tierwright.components.reference_rules import REFERENCE_RULES
from tierwright.components.service_rules import SERVICE_RULES
from tierwright.components.workload_rules import WORKLOAD_RULES
from tierwright.kit.component import Component
from tierwright.kit.rules import Rules
from tierwright.model.part import Part

RULES_BY_OBJECTS = ADDITION_RULES + OBJECT_RULES + AUTOSCALER_RULES
"""Those that go by the objects that the components declare: the program evaluates them when all are declared."""


def rules_of(parts: Iterable[Part]) -> Rules:
    """The rules over the values of a platform with these components."""
    rules = DATA_RULES + PLATFORM_RULES + PUBLIC_RULES + SERVICE_RULES + ANNOTATION_RULES + WORKLOAD_RULES + REFERENCE_RULES
    for part in parts:
        assert isinstance(part, Component)
        rules += part.rules
    return rules
