"""The helper that refuses services without pods for which others wait."""

from __future__ import annotations

from tierwright.expressions.expression import quoted
from tierwright.model.waiting_rules import LEAVE_OUT, NO_PODS

_TEMPLATE = """\
{{/*
Refuses a service without pods for which others wait for ever: those that need it, and with the order of the tiers, unless gates
lose their patience, all of the later tiers.
*/}}
{{- define "PLATFORM.waiting" -}}
{{- if not (include "PLATFORM.hasPods" (index .services .name)) }}
{{- $waiting := .needing }}
{{- if and .later (not .patient) }}
{{- $waiting = concat .needing (include .later . | trim | splitList "\\n") }}
{{- end }}
{{- range $client := (index .services .name).enabled | ternary $waiting (list) }}
{{- $values := index $.services $client }}
{{- if and $values.enabled (include "PLATFORM.hasPods" $values) }}
{{- $both := and (has $client $.needing) (not $.optional) }}
{{- $out := $both | ternary (printf "%s and %s" $.name $client) $.name }}
{{- fail (printf MESSAGE $.name $.name $client $out) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Whether a service has a pod, by its values: an autoscaler leaves it one at least. */}}
{{- define "PLATFORM.hasPods" -}}
{{- if or .autoscaling.enabled .autoscaling.external (gt (int64 .replicas) 0) }}true{{ end }}
{{- end }}
"""


def waiting_helpers(platform: str) -> str:
    """The helpers, named after a platform."""
    message = f"services.%s.replicas: {NO_PODS}; {LEAVE_OUT}"
    return _TEMPLATE.replace("PLATFORM", platform).replace("MESSAGE", quoted(message))
