"""How the chart renders the user's own objects."""

from __future__ import annotations

from tierwright.kit.served import FILE

_EXTRA_OBJECTS = """\
{{- include "%(platform)s.values" . }}
{{- include "%(platform)s.place" . }}
{{- range .Values.extraObjects }}
---
{{ include "%(platform)s.yaml" . | trim }}
{{- end }}
"""

_SERVED = """\
{{/*
The API groups that are Kubernetes' own, and the API versions of each of its kinds, from the oldest version of Kubernetes that this
chart supports to the newest. Groups that are not here are those of custom resources.
*/}}
{{- define "%(platform)s.served" -}}
%(table)s{{- end }}
"""


def extra_objects(platform: str) -> str:
    """The template that writes the user's objects."""
    return _EXTRA_OBJECTS % {"platform": platform}


def served_kinds(platform: str) -> str:
    """The template with the table of the kinds that Kubernetes has."""
    return _SERVED % {"platform": platform, "table": FILE.read_text(encoding="utf-8")}
