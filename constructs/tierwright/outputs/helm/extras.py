"""How the chart renders the user's own objects, and what it refuses in them and in additions to pods.

`tierwright.kit.extras` says why.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from tierwright.blueprint import Blueprint
from tierwright.expressions.conditions import ALWAYS
from tierwright.expressions.expression import Context, Joined, operand, quoted
from tierwright.expressions.tree import Verbatim
from tierwright.kit.cluster_scoped import cluster_scoped, group_of
from tierwright.kit.extras import pods_of_services
from tierwright.kit.kinds import NAMESPACE
from tierwright.kit.served import FILE
from tierwright.outputs.helm.own_autoscalers import autoscalers_check, autoscalers_helpers

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

{{/*
Refuses an object of a group of Kubernetes that has no such kind in any version that this chart supports. Takes its place in
extraObjects and the object.
*/}}
{{- define "%(platform)s.checkServed" -}}
{{- $served := include "%(platform)s.served" . | fromJson }}
{{- $one := index . 1 }}
{{- $versions := index $served.kinds $one.kind | default list }}
{{- if and (has (include "%(platform)s.group" $one) $served.groups) (not (has $one.apiVersion $versions)) }}
{{- $wrong := printf "Kubernetes has no %%s of %%s" $one.kind $one.apiVersion }}
{{- if $versions }}
{{- fail (printf "extraObjects[%%d].apiVersion: %%s; allowed: %%s" (first .) $wrong (join ", " $versions)) }}
{{- end }}
{{- $others := list }}
{{- range $kind, $of := $served.kinds }}
{{- if eq (lower $kind) (lower $one.kind) }}
{{- fail (printf "extraObjects[%%d].kind: %%s; write %%s, of %%s" (first $) $wrong $kind (join " or " $of)) }}
{{- else if has $one.apiVersion $of }}
{{- $others = append $others $kind }}
{{- end }}
{{- end }}
{{- $known := join ", " $others | default "any kind that it has" }}
{{- fail (printf "extraObjects[%%d].kind: %%s; allowed: %%s" (first .) $wrong $known) }}
{{- end }}
{{- end }}

{{/* Refuses an object of the user's that is there already, or of a kind that Kubernetes has not. */}}
{{- define "%(platform)s.checkObjects" -}}
{{- $owners := .owners }}
{{- range $at, $one := .objects }}
{{- if hasKey $one "items" }}
{{- fail (printf "extraObjects[%%d].items: makes a list of it; give each object by itself" $at) }}
{{- end }}
{{- include "%(platform)s.checkServed" (list $at $one) }}
{{- $name := $one.metadata.name }}
{{- $group := include "%(platform)s.group" $one }}
{{- $identity := printf "%%s/%%s/%%s/%%s" ($one.metadata.namespace | default "") $group $one.kind $name }}
{{- with index $owners $identity }}
{{- $where := printf "extraObjects[%%d].metadata.name" $at }}
{{- fail (printf "%%s: %%s has the %%s %%s already; give each object a name of its own" $where . $one.kind $name) }}
{{- end }}
{{- $_ := set $owners $identity (printf "extraObjects[%%d]" $at) }}
{{- end }}
{{- end }}

{{/* Refuses variables, volumes and mounts that a pod has already, and mounts of a volume that it has not. */}}
{{- define "%(platform)s.checkExtras" -}}
{{- $volumes := .volumes }}
{{- $mounts := .service.extraVolumeMounts }}
{{- range .service.extraVolumes }}
{{- $volumes = append $volumes .name }}
{{- end }}
{{- range $at, $mount := $mounts }}
{{- if not (has $mount.name $volumes) }}
{{- fail (printf "%%s.extraVolumeMounts[%%d].name: there is no volume %%s; add it to extraVolumes" $.where $at $mount.name) }}
{{- end }}
{{- end }}
{{- $variables := concat .variables (keys .service.env) }}
{{- include "%(platform)s.checkNames" (list (printf "%%s.extraEnv" .where) "name" .service.extraEnv $variables) }}
{{- include "%(platform)s.checkNames" (list (printf "%%s.extraVolumes" .where) "name" .service.extraVolumes .volumes) }}
{{- include "%(platform)s.checkNames" (list (printf "%%s.extraVolumeMounts" .where) "mountPath" $mounts .paths) }}
{{- end }}

{{/* Where it is, a key, items, and what is taken: refuses an item that has there what is taken, or what another one has. */}}
{{- define "%(platform)s.checkNames" -}}
{{- $key := index . 1 }}
{{- $taken := index . 3 }}
{{- range $at, $one := index . 2 }}
{{- $name := index $one $key }}
{{- if eq $key "mountPath" }}
{{- $name = clean (printf "/%%s" $name) }}
{{- end }}
{{- if has $name $taken }}
{{- fail (printf "%%s[%%d].%%s: %%s is there already; name each once" (first $) $at $key $name) }}
{{- end }}
{{- $taken = append $taken $name }}
{{- end }}
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


def extras_helpers(blueprint: Blueprint) -> str:
    """The helpers for what users add."""
    kinds = sorted(f"{group}/{kind}" for group, kind in cluster_scoped())
    return _HELPERS % {"platform": blueprint.name, "kinds": " ".join(map(quoted, kinds))} + autoscalers_helpers(blueprint)


def served_kinds(platform: str) -> str:
    """The template with the table of the kinds that Kubernetes has."""
    return _SERVED % {"platform": platform, "table": FILE.read_text(encoding="utf-8")}


def extras_checks(blueprint: Blueprint) -> Iterator[list[str]]:
    """The lines that refuse names used twice, and kinds that Kubernetes does not have; lines that belong together are one text."""
    pods = pods_of_services(blueprint)
    for name in blueprint.catalogue.services:
        own, context = pods[name], Context(platform=blueprint.name)
        lists = (f'"{key}" {operand(names, context)}' for key, names in msgspec.structs.asdict(own).items())
        yield [
            f"{{{{- with index .Values.services {quoted(name)} }}}}",
            "{{- if or .extraEnv .extraVolumes .extraVolumeMounts }}",
            f'{{{{- include "{blueprint.name}.checkExtras" (dict "where" "services.{name}" "service" . {" ".join(lists)}) }}}}',
            "{{- end }}",
            "{{- end }}",
        ]
    yield [
        "{{- if .Values.extraObjects }}",
        f'{{{{- include "{blueprint.name}.place" . }}}}',
        "{{- $owners := dict }}",
        *_owned(blueprint),
        f'{{{{- include "{blueprint.name}.checkObjects" (dict "objects" .Values.extraObjects "owners" $owners) }}}}',
        autoscalers_check(blueprint),
        "{{- end }}",
    ]


def _owned(blueprint: Blueprint) -> Iterator[str]:
    """The platform's objects, grouped by condition. The namespace is not among them: the chart does not contain it."""
    by_condition: dict[str, list[str]] = {}
    for one in blueprint.declared:
        if one.kind == NAMESPACE.name or isinstance(one.manifest["metadata"], Verbatim):
            continue
        kind, name = f"{group_of(one.api_version)}/{one.kind}/", one.name
        whole = f"{kind}{name}" if isinstance(name, str) else Joined((kind, name))
        condition = "" if one.condition == ALWAYS else one.condition.test(Context(platform=blueprint.name))
        by_condition.setdefault(condition, []).append(operand(whole, Context(platform=blueprint.name)))
    for condition, objects in by_condition.items():
        if condition:
            yield f"{{{{- if {condition} }}}}"
        yield f"{{{{- range list {' '.join(dict.fromkeys(objects))} }}}}"
        yield '{{- $_ := set $owners (printf "%s/%s" $.Values.namespace.name .) "the platform" }}'
        yield "{{- end }}"
        if condition:
            yield "{{- end }}"
