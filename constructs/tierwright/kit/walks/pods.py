"""Which services have pods, as far as a service without any asks."""

from __future__ import annotations

from typing import Any, ClassVar

from tierwright.expressions.conditions import Condition
from tierwright.expressions.expression import Context, Expression, Scope, quoted
from tierwright.expressions.walks import Helped


class Later(Expression, frozen=True):
    """The services of later tiers, where the order of the tiers counts. In the chart they are lines of a named template.

    One for each tier: a list for each service would grow the chart with the square of their number.
    """

    names: tuple[str, ...]
    template: str

    def value(self, scope: Scope) -> Any:
        del scope
        return self.names

    def source(self, context: Context) -> str:
        del context
        return quoted(self.template)


class FirstWithPods(Helped, frozen=True):
    """The first service with pods, of those that need another one and, where they wait for it too, those that are `later`.

    Empty where there is none. An autoscaler leaves a service one pod at least.
    """

    helper: ClassVar[str] = """\
{{/* The first service with pods, of some names and, if those wait too, of the lines of a named template. */}}
{{- define "PLATFORM.firstWithPods" -}}
{{- $names := .needing }}
{{- if and .waiting .later }}
{{- $names = concat $names (include .later . | trim | splitList "\\n") }}
{{- end }}
{{- range $name := $names }}
{{- with index $.services $name }}
{{- if and .enabled (or .autoscaling.enabled .autoscaling.external (gt (int64 .replicas) 0)) }}
{{- $name }}{{ break }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
"""

    needing: Expression
    later: Expression
    waiting: Condition
    services: Expression

    def value(self, scope: Scope) -> Any:
        services = self.services.value(scope)
        for name in self.needing.value(scope):
            if _has_pods(services[name]):
                return name
        later = self.later.value(scope) if self.waiting.value(scope) else ()
        return next((name for name in later if _has_pods(services[name])), "")


def _has_pods(values: Any) -> bool:
    scaling = values["autoscaling"]
    return bool(values["enabled"] and (scaling["enabled"] or scaling["external"] or values["replicas"] > 0))
