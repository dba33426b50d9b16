"""How the chart renders the user's own objects."""

from __future__ import annotations

from tierwright.expressions.expression import quoted
from tierwright.kit.cluster_scoped import cluster_scoped
from tierwright.kit.served import FILE

_EXTRA_OBJECTS = """\
{{- include "%(platform)s.values" . }}
{{- include "%(platform)s.place" . }}
{{- range .Values.extraObjects }}
---
{{ include "%(platform)s.yaml" . | trim }}
{{- end }}
"""

_HELPERS = r"""
{{/*
Gives the user's objects the platform's namespace, in place, where they are namespaced and name none. Which kinds are cluster-scoped
is known for Kubernetes, for some others, and from CustomResourceDefinitions among the objects.
*/}}
{{- define "%(platform)s.place" -}}
{{- $without := list %(kinds)s }}
{{- range .Values.extraObjects }}
{{- if and (eq .kind "CustomResourceDefinition") (kindIs "map" .spec) }}
{{- if and (eq (toString .spec.scope) "Cluster") (kindIs "map" .spec.names) }}
{{- $without = append $without (printf "%%s/%%s" (toString .spec.group) (toString .spec.names.kind)) }}
{{- end }}
{{- end }}
{{- end }}
{{- range .Values.extraObjects }}
{{- if not (or .metadata.namespace (has (printf "%%s/%%s" (include "%(platform)s.group" .) .kind) $without)) }}
{{- $_ := set .metadata "namespace" $.Values.namespace.name }}
{{- end }}
{{- end }}
{{- end }}

{{/* The API group of an object. */}}
{{- define "%(platform)s.group" -}}
{{ regexReplaceAll "/?[^/]*$" .apiVersion "" }}
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


def extras_helpers(platform: str) -> str:
    """The helpers for them."""
    kinds = sorted(f"{group}/{kind}" for group, kind in cluster_scoped())
    return _HELPERS % {"platform": platform, "kinds": " ".join(map(quoted, kinds))}


def served_kinds(platform: str) -> str:
    """The template with the table of the kinds that Kubernetes has."""
    return _SERVED % {"platform": platform, "table": FILE.read_text(encoding="utf-8")}
