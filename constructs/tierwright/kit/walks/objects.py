"""Complete objects of the user's own, against those of the platform, one another, and what Kubernetes has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from tierwright.config.problems import shown
from tierwright.expressions.conditions import Condition, Truth
from tierwright.expressions.expression import AllValues, Expression, Field, Scope
from tierwright.expressions.walks import Top, Walk
from tierwright.kit.cluster_scoped import group_of
from tierwright.kit.extras import NAMESPACED, placed
from tierwright.kit.served import unserved

OBJECTS = Field(AllValues(), "extraObjects")


class Unserved(Walk, frozen=True):
    """Objects of API groups of Kubernetes that have no such kind, in any version that the chart supports, and the way out."""

    helper: ClassVar[str] = """\
{{/* The objects of API groups of Kubernetes that have no such kind in any version that this chart supports. */}}
{{- define "PLATFORM.unserved" -}}
{{- $unserved := list }}
{{- $served := include "PLATFORM.served" . | fromJson }}
{{- range $at, $one := .objects }}
{{- $versions := index $served.kinds $one.kind | default list }}
{{- $known := or (hasKey $one "items") (has $one.apiVersion $versions) }}
{{- if and (not $known) (has (include "PLATFORM.group" $one) $served.groups) }}
{{- $key := "kind" }}
{{- $others := list }}
{{- $remedy := "" }}
{{- if $versions }}
{{- $key = "apiVersion" }}
{{- $remedy = printf "allowed: %s" (join ", " $versions) }}
{{- else }}
{{- range $kind, $of := $served.kinds }}
{{- if eq (lower $kind) (lower $one.kind) }}
{{- $remedy = printf "write %s, of %s" $kind (join " or " $of) }}
{{- else if has $one.apiVersion $of }}
{{- $others = append $others $kind }}
{{- end }}
{{- end }}
{{- end }}
{{- $remedy = $remedy | default (printf "allowed: %s" (join ", " $others | default "any kind that it has")) }}
{{- $at := printf "[%d].%s" $at $key }}
{{- $unserved = append $unserved (dict "at" $at "kind" $one.kind "apiVersion" $one.apiVersion "remedy" $remedy) }}
{{- end }}
{{- end }}
{{- toJson $unserved }}
{{- end }}
"""

    objects: Expression = OBJECTS

    @property
    def begins(self) -> Condition:
        return Truth(self.objects)

    def value(self, scope: Scope) -> Any:
        return list(_unserved(self.objects.value(scope)))


def _unserved(objects: list[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for at, one in enumerate(objects):
        version, kind = one["apiVersion"], one["kind"]
        if "items" not in one and (complaint := unserved(version, kind)):
            key, remedy = complaint
            yield {"at": (at, key), "kind": shown(kind), "apiVersion": shown(version), "remedy": remedy}


class Objects(Walk, frozen=True):
    """All objects. `owner` is who has one of the same group, kind, namespace and name; `listed`: it contains others.

    `owned` are lines about the platform's: NAMESPACED, group, kind and name.
    """

    helper: ClassVar[str] = """\
{{/* The user's objects, and who has one of the same group, kind, namespace and name. */}}
{{- define "PLATFORM.objects" -}}
{{- include "PLATFORM.place" .top }}
{{- $owners := dict }}
{{- range .owned }}
{{- $namespace := hasPrefix "NAMESPACED" . | ternary $.top.Values.namespace.name "" }}
{{- $_ := set $owners (printf "%s%s" $namespace (trimPrefix "NAMESPACED" .)) "the platform" }}
{{- end }}
{{- $objects := list }}
{{- range $at, $one := .top.Values.extraObjects }}
{{- $group := include "PLATFORM.group" $one }}
{{- $identity := printf "%s/%s/%s/%s" ($one.metadata.namespace | default "") $group $one.kind $one.metadata.name }}
{{- $owner := index $owners $identity | default "" }}
{{- $object := dict "at" (printf "[%d]" $at) "kind" $one.kind "name" $one.metadata.name "owner" $owner }}
{{- $objects = append $objects (set $object "listed" (hasKey $one "items")) }}
{{- $_ := set $owners $identity ($owner | default (printf "extraObjects[%d]" $at)) }}
{{- end }}
{{- toJson $objects }}
{{- end }}
""".replace("NAMESPACED", NAMESPACED)

    owned: Expression
    top: Expression = Top()

    @property
    def begins(self) -> Condition:
        return Truth(OBJECTS)

    def value(self, scope: Scope) -> Any:
        objects, namespace = OBJECTS.value(scope), str(scope.facts["namespace"])
        return list(_owned(placed(objects, namespace), self.owned.value(scope), namespace)) if objects else []


def _owned(objects: list[Any], owned: list[str], namespace: str) -> Iterator[Mapping[str, Any]]:
    owners = {line.replace(NAMESPACED, namespace, 1): "the platform" for line in owned}
    for at, one in enumerate(objects):
        metadata, kind = one["metadata"], one["kind"]
        if "items" not in one and unserved(one["apiVersion"], kind):
            continue  # one error is enough
        identity = "/".join((metadata.get("namespace") or "", group_of(one["apiVersion"]), kind, metadata["name"]))
        owner = owners.setdefault(identity, f"extraObjects[{at}]")
        other = "" if owner == f"extraObjects[{at}]" else owner
        yield {"at": (at,), "kind": kind, "name": shown(metadata["name"]), "owner": other, "listed": "items" in one}
