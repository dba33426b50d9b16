"""All rules over the values that both the program and the chart hold."""

from __future__ import annotations

from functools import reduce
from operator import add

from tierwright.components.data.rules import DATA_RULES
from tierwright.components.platform_rules import PLATFORM_RULES
from tierwright.components.registry import COMPONENTS
from tierwright.components.service_rules import SERVICE_RULES

RULES = reduce(add, (component.rules for component in COMPONENTS), DATA_RULES + PLATFORM_RULES + SERVICE_RULES)
"""A component that the platform does not have adds none."""
