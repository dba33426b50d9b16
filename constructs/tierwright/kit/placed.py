"""Gives the user's objects the platform's namespace where they are namespaced and name none: in the program, and in the chart."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tierwright.expressions.expression import quoted
from tierwright.kit.cluster_scoped import cluster_scoped, group_of

Object = dict[str, Any]

HELPER = r"""{{/*
Gives the user's objects the platform's namespace, in place, where they are namespaced and name none. Which kinds are cluster-scoped
is known for Kubernetes, for some others, and from CustomResourceDefinitions among the objects.
*/}}
{{- define "PLATFORM.place" -}}
{{- $without := list KINDS }}
{{- range .Values.extraObjects }}
{{- if and (eq .kind "CustomResourceDefinition") (kindIs "map" .spec) }}
{{- if and (eq (toString .spec.scope) "Cluster") (kindIs "map" .spec.names) }}
{{- $without = append $without (printf "%s/%s" (toString .spec.group) (toString .spec.names.kind)) }}
{{- end }}
{{- end }}
{{- end }}
{{- range .Values.extraObjects }}
{{- if not (or .metadata.namespace (has (printf "%s/%s" (include "PLATFORM.group" .) .kind) $without)) }}
{{- $_ := set .metadata "namespace" $.Values.namespace.name }}
{{- end }}
{{- end }}
{{- end }}

{{/* The API group of an object. */}}
{{- define "PLATFORM.group" -}}
{{ regexReplaceAll "/?[^/]*$" .apiVersion "" }}
{{- end }}
""".replace("KINDS", " ".join(quoted(f"{group}/{kind}") for group, kind in sorted(cluster_scoped())))
"""The helper of the chart, which changes the objects in the values, and the one that it needs."""


def placed(objects: Iterable[Object], namespace: str) -> list[Object]:
    """The user's objects; those that are namespaced and name no namespace get the platform's."""
    whole = list(objects)
    without = cluster_scoped(whole)

    def placed_one(given: Object) -> Object:
        if given["metadata"].get("namespace") or (group_of(given["apiVersion"]), given["kind"]) in without:
            return given
        return {**given, "metadata": {**given["metadata"], "namespace": namespace}}

    return [placed_one(given) for given in whole]
