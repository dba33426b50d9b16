"""Autoscalers of the user's own, in `extraObjects`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from tierwright.expressions.conditions import Condition, Truth
from tierwright.expressions.expression import Expression, Scope, quoted
from tierwright.expressions.walks import Top, Walk
from tierwright.kit.cluster_scoped import group_of
from tierwright.kit.own_autoscalers import AUTOSCALERS, number_of, target_of
from tierwright.kit.placed import placed
from tierwright.kit.walks.objects import OBJECTS


def _bound(key: str, unsaid: int | None) -> str:
    return f"(list {quoted(key)} {'nil' if unsaid is None else unsaid})"


_KINDS = " ".join(
    f'"{group}/{kind}" (dict "least" {_bound(of.least, of.least_unsaid)} "most" {_bound(of.most, of.most_unsaid)})'
    for (group, kind), of in AUTOSCALERS.items()
)


class Autoscalers(Walk, frozen=True):
    """The autoscalers of workloads in the platform's namespace.

    Of each the `kind` and `name` of its workload, both as `target`, and as `owner` an earlier autoscaler of that; the keys of its
    bounds, `leastKey` and `mostKey`, and these, `least` and `most`, as texts, empty where it has none, and as numbers of pods:
    nothing is ever scaled to zero for the values, whose least is 1.
    """

    helper: ClassVar[str] = """\
{{/* The user's autoscalers of workloads in the platform's namespace, with their bounds, and earlier ones of the same workload. */}}
{{- define "PLATFORM.autoscalers" -}}
{{- include "PLATFORM.place" .top }}
{{- $kinds := dict KINDS }}
{{- $owners := dict }}
{{- $autoscalers := list }}
{{- range $index, $object := .top.Values.extraObjects }}
{{- $bounds := index $kinds (printf "%s/%s" (include "PLATFORM.group" $object) $object.kind) }}
{{- if and $bounds (kindIs "map" $object.spec) (eq (toString $object.metadata.namespace) $.top.Values.namespace.name) }}
{{- with include "PLATFORM.scaled" $object.spec }}
{{- $kind := regexFind "^[^/]*" . }}
{{- $name := trimPrefix (printf "%s/" $kind) . }}
{{- $owner := index $owners . | default "" }}
{{- $autoscaler := dict "path" (printf "[%d]" $index) "kind" $kind "name" $name "target" . "owner" $owner }}
{{- range $side, $bound := $bounds }}
{{- $given := index $object.spec (first $bound) }}
{{- if kindIs "invalid" $given }}
{{- $given = last $bound }}
{{- end }}
{{- $number := has (kindOf $given) (list "int" "int64" "float64") | ternary (toString (int64 $given)) "" }}
{{- $_ := set $autoscaler (printf "%sKey" $side) (first $bound) }}
{{- $_ := set $autoscaler $side $number }}
{{- $_ := set $autoscaler (printf "%sPods" $side) (max 1 (int64 $number)) }}
{{- end }}
{{- $autoscalers = append $autoscalers $autoscaler }}
{{- $_ := set $owners . ($owner | default (printf "extraObjects[%d]" $index)) }}
{{- end }}
{{- end }}
{{- end }}
{{- toJson $autoscalers }}
{{- end }}

{{/* Kind and name of what an autoscaler scales; nothing where it is none of Kubernetes' own workloads, or has no name. */}}
{{- define "PLATFORM.scaled" -}}
{{- if kindIs "map" .scaleTargetRef }}
{{- with .scaleTargetRef }}
{{- $group := include "PLATFORM.group" (dict "apiVersion" (toString (.apiVersion | default "apps/v1"))) }}
{{- if and (eq $group "apps") (kindIs "string" .name) .name }}
{{- printf "%s/%s" (toString (.kind | default "Deployment")) .name }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
""".replace("KINDS", _KINDS)

    top: Expression = Top()

    @property
    def begins(self) -> Condition:
        return Truth(OBJECTS)

    def value(self, scope: Scope) -> Any:
        objects = OBJECTS.value(scope)
        return list(_autoscalers(objects, str(scope.facts["namespace"]))) if objects else []


def _autoscalers(objects: list[Any], namespace: str) -> Iterator[Mapping[str, Any]]:
    owners: dict[str, str] = {}
    for index, given in enumerate(placed(objects, namespace)):
        bounds, spec = AUTOSCALERS.get((group_of(given["apiVersion"]), given["kind"])), given.get("spec")
        if bounds is None or not isinstance(spec, dict) or given["metadata"].get("namespace") != namespace:
            continue
        kind, name = target_of(spec)
        if not name:
            continue
        target, own = f"{kind}/{name}", f"extraObjects[{index}]"
        owner = owners.setdefault(target, own)
        least = number_of(spec.get(bounds.least), bounds.least_unsaid)
        most = number_of(spec.get(bounds.most), bounds.most_unsaid)
        yield {
            "path": (index,),
            "kind": kind,
            "name": name,
            "target": target,
            "owner": "" if owner == own else owner,
            **_side("least", bounds.least, least),
            **_side("most", bounds.most, most),
        }


def _side(side: str, key: str, number: int | None) -> Mapping[str, Any]:
    text = "" if number is None else str(number)
    return {f"{side}Key": key, side: text, f"{side}Pods": max(number or 0, 1)}
