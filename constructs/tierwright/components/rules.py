"""All rules over the values that both the program and the chart hold."""

from __future__ import annotations

from tierwright.components.platform_rules import PLATFORM_RULES
from tierwright.components.service_rules import SERVICE_RULES

RULES = PLATFORM_RULES + SERVICE_RULES
