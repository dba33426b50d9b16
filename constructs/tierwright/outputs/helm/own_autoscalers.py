"""What the chart refuses of autoscalers of the user's own. `tierwright.kit.own_autoscalers` says why."""

from __future__ import annotations

from tierwright.blueprint import Blueprint
from tierwright.expressions.expression import Context, quoted
from tierwright.expressions.tokens import expression_of
from tierwright.kit.own_autoscalers import AUTOSCALERS, BOUND, FIXED, MADE, ONE_POD, TWO, WRITTEN, fixed_workloads

_HELPERS = r"""
{{/* Refuses autoscalers of the user's that are not alone, that upgrades thwart, or whose bounds the values do not repeat. */}}
{{- define "%(platform)s.checkAutoscalers" -}}
{{- $kinds := dict %(kinds)s }}
{{- $owners := dict }}
{{- range $at, $one := .values.extraObjects }}
{{- $bounds := index $kinds (printf "%%s/%%s" (include "%(platform)s.group" $one) $one.kind) }}
{{- if and $bounds (kindIs "map" $one.spec) (eq (toString $one.metadata.namespace) $.values.namespace.name) }}
{{- $path := printf "extraObjects[%%d].spec" $at }}
{{- $where := printf "%%s.scaleTargetRef" $path }}
{{- $target := include "%(platform)s.scaled" $one.spec }}
{{- $name := regexReplaceAll "^[^/]*/" $target "" }}
{{- with index $owners $target }}
{{- fail (printf %(two)s $where . $name) }}
{{- end }}
%(fixed)s{{- if and (hasPrefix "Deployment/" $target) (hasKey $.values.services $name) }}
{{- $service := index $.values.services $name }}
{{- $arguments := dict "where" $where "path" $path "name" $name "scaling" $service.autoscaling "spec" $one.spec "bounds" $bounds }}
{{- if $service.enabled }}
{{- include "%(platform)s.checkAutoscaler" $arguments }}
{{- end }}
{{- end }}
{{- if and (hasPrefix "StatefulSet/" $target) (hasKey $.data $name) }}
{{- if ne (index $.data $name).topology "external" }}
{{- fail (printf %(one_pod)s $where $name) }}
{{- end }}
{{- end }}
{{- if $name }}
{{- $_ := set $owners $target (printf "extraObjects[%%d]" $at) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Kind and name of what an autoscaler scales; nothing where it is none of Kubernetes' own workloads. */}}
{{- define "%(platform)s.scaled" -}}
{{- if kindIs "map" .scaleTargetRef }}
{{- with .scaleTargetRef }}
{{- $group := include "%(platform)s.group" (dict "apiVersion" (toString (.apiVersion | default "apps/v1"))) }}
{{- if and (eq $group "apps") (kindIs "string" .name) }}
{{- printf "%%s/%%s" (toString (.kind | default "Deployment")) .name }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* The same for one autoscaler of a service. */}}
{{- define "%(platform)s.checkAutoscaler" -}}
{{- $values := printf "services.%%s.autoscaling" .name }}
{{- if .scaling.enabled }}
{{- fail (printf %(made)s .where .name $values) }}
{{- end }}
{{- if not .scaling.external }}
{{- fail (printf %(written)s .where .name $values) }}
{{- end }}
{{- range $said, $bound := .bounds }}
{{- $key := first $bound }}
{{- $given := index $.spec $key }}
{{- if kindIs "invalid" $given }}
{{- $given = last $bound }}
{{- end }}
{{- $ours := int64 (index $.scaling $said) }}
{{- if and (has (kindOf $given) (list "int" "int64" "float64")) (ne (max 1 (int64 $given)) $ours) }}
{{- fail (printf %(bound)s (print $.path "." $key) (int64 $given) $values $said $ours) }}
{{- end }}
{{- end }}
{{- end }}
"""


_OF_FIXED = """\
{{- if has $target (list %(workloads)s) }}
{{- if (index $.values.services $name).enabled }}
{{- fail (printf %(fixed)s $where $name) }}
{{- end }}
{{- end }}
"""
"""The part about services that nothing may scale."""


def autoscalers_helpers(blueprint: Blueprint) -> str:
    """The helpers that look at autoscalers."""
    kinds = (
        f'"{group}/{kind}" (dict "minReplicas" (list {quoted(of.least)} {of.least_unsaid}) '
        f'"maxReplicas" (list {quoted(of.most)} {"nil" if of.most_unsaid is None else of.most_unsaid}))'
        for (group, kind), of in AUTOSCALERS.items()
    )
    messages = {"two": TWO, "made": MADE, "written": WRITTEN, "one_pod": ONE_POD, "bound": BOUND}
    texts = {name: quoted(f"%s: {message}") for name, message in messages.items()}
    workloads = " ".join(map(quoted, fixed_workloads(blueprint.catalogue)))
    fixed = _OF_FIXED % {"workloads": workloads, "fixed": quoted(f"%s: {FIXED}")} if workloads else ""
    return _HELPERS % {"platform": blueprint.name, "kinds": " ".join(kinds), "fixed": fixed, **texts}


def autoscalers_check(blueprint: Blueprint) -> str:
    """The line that refuses them; the objects have their namespaces before it."""
    tokens = blueprint.data_services.items()
    data = "".join(f" {quoted(name)} {expression_of(values).source(Context())}" for name, values in tokens)
    arguments = f'(dict "values" .Values "data" (dict{data}))'
    return f'{{{{- include "{blueprint.name}.checkAutoscalers" {arguments} }}}}'
