"""Complete objects of the user's own, against those of the platform, one another, and what Kubernetes has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from tierwright.config.problems import shown
from tierwright.expressions.conditions import Condition, Truth
from tierwright.expressions.expression import AllValues, Expression, Field, Scope
from tierwright.expressions.walks import Top, Walk
from tierwright.kit.cluster_scoped import group_of
from tierwright.kit.extras import NAMESPACED
from tierwright.kit.placed import placed
from tierwright.kit.served import unserved

OBJECTS = Field(AllValues(), "extraObjects")


class Unserved(Walk, frozen=True):
    """Objects of API groups of Kubernetes that have no such kind, in any version that the chart supports, and the way out."""

    helper: ClassVar[str] = """\
{{/* The objects of API groups of Kubernetes that have no such kind in any version that this chart supports. */}}
{{- define "PLATFORM.unserved" -}}
{{- $unserved := list }}
{{- $served := include "PLATFORM.served" . | fromJson }}
{{- range $index, $object := .objects }}
{{- $versions := index $served.kinds $object.kind | default list }}
{{- $known := or (hasKey $object "items") (has $object.apiVersion $versions) }}
{{- if and (not $known) (has (include "PLATFORM.group" $object) $served.groups) }}
{{- $key := "kind" }}
{{- $others := list }}
{{- $remedy := "" }}
{{- if $versions }}
{{- $key = "apiVersion" }}
{{- $remedy = printf "allowed: %s" (join ", " $versions) }}
{{- else }}
{{- range $kind, $of := $served.kinds }}
{{- if eq (lower $kind) (lower $object.kind) }}
{{- $remedy = printf "write %s, of %s" $kind (join " or " $of) }}
{{- else if has $object.apiVersion $of }}
{{- $others = append $others $kind }}
{{- end }}
{{- end }}
{{- end }}
{{- $remedy = $remedy | default (printf "allowed: %s" (join ", " $others | default "any kind that it has")) }}
{{- $path := printf "[%d].%s" $index $key }}
{{- $unserved = append $unserved (dict "path" $path "kind" $object.kind "apiVersion" $object.apiVersion "remedy" $remedy) }}
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
    for index, given in enumerate(objects):
        version, kind = given["apiVersion"], given["kind"]
        if "items" not in given and (complaint := unserved(version, kind)):
            key, remedy = complaint
            yield {"path": (index, key), "kind": shown(kind), "apiVersion": shown(version), "remedy": remedy}


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
{{- range $index, $object := .top.Values.extraObjects }}
{{- $group := include "PLATFORM.group" $object }}
{{- $identity := printf "%s/%s/%s/%s" ($object.metadata.namespace | default "") $group $object.kind $object.metadata.name }}
{{- $owner := index $owners $identity | default "" }}
{{- $entry := dict "path" (printf "[%d]" $index) "kind" $object.kind "name" $object.metadata.name "owner" $owner }}
{{- $objects = append $objects (set $entry "listed" (hasKey $object "items")) }}
{{- $_ := set $owners $identity ($owner | default (printf "extraObjects[%d]" $index)) }}
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
    for index, given in enumerate(objects):
        metadata, kind = given["metadata"], given["kind"]
        if "items" not in given and unserved(given["apiVersion"], kind):
            continue  # one error is enough
        identity = "/".join((metadata.get("namespace") or "", group_of(given["apiVersion"]), kind, metadata["name"]))
        own = f"extraObjects[{index}]"
        owner = owners.setdefault(identity, own)
        yield {
            "path": (index,),
            "kind": kind,
            "name": shown(metadata["name"]),
            "owner": "" if owner == own else owner,
            "listed": "items" in given,
        }
