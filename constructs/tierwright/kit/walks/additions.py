"""What users add to the pods of a service, against what those have already."""

from __future__ import annotations

import posixpath
from typing import Any, ClassVar

from tierwright.config.problems import shown
from tierwright.expressions.conditions import Condition, Truth
from tierwright.expressions.expression import Expression, Operand, Scope, evaluated
from tierwright.expressions.walks import Walk


class Additions(Walk, frozen=True):
    """The items of a list of variables, volumes or mounts. Each has a name under `key`.

    `taken`: the name is among `taken`, or that of a map in `beside`; `known` are all these. `repeated`: an earlier item has it.
    """

    helper: ClassVar[str] = """\
{{/* Variables, volumes or mounts that are added to a pod, and whether it has them already. */}}
{{- define "PLATFORM.additions" -}}
{{- $additions := list }}
{{- $known := .taken }}
{{- range .beside }}
{{- $known = append $known .name }}
{{- end }}
{{- $earlier := list }}
{{- range $index, $item := .items }}
{{- $name := index $item $.key }}
{{- $place := $name }}
{{- if eq $.key "mountPath" }}
{{- $place = clean (printf "/%s" $name) }}
{{- end }}
{{- $addition := dict "path" (printf "[%d]" $index) "name" $name "taken" (has $place $known) "repeated" (has $place $earlier) }}
{{- $additions = append $additions (set $addition "known" $known) }}
{{- $earlier = append $earlier $place }}
{{- end }}
{{- toJson $additions }}
{{- end }}
"""

    items: Expression
    key: str
    taken: Expression
    beside: Operand = ()

    @property
    def begins(self) -> Condition:
        return Truth(self.items)

    def value(self, scope: Scope) -> Any:
        items = self.items.value(scope)
        if not items:
            return []
        known = list(dict.fromkeys([*self.taken.value(scope), *(item["name"] for item in evaluated(self.beside, scope))]))
        places = [_place(item[self.key]) if self.key == "mountPath" else item[self.key] for item in items]
        return [
            {
                "path": (index,),
                "name": shown(item[self.key]),
                "taken": place in known,
                "repeated": place in places[:index],
                "known": known,
            }
            for index, (item, place) in enumerate(zip(items, places, strict=True))
        ]


def _place(path: str) -> str:
    """Where a path leads: `/tmp/`, `//tmp` and `tmp` are mounted at `/tmp`."""
    return posixpath.normpath(f"/{path.lstrip('/')}")
