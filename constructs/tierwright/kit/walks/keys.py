"""Keys of maps, as far as they are not expected."""

from __future__ import annotations

from typing import Any, ClassVar

from tierwright.expressions.expression import Context, Expression, Scope
from tierwright.expressions.walks import Helped


class OtherKeys(Helped, frozen=True):
    """The keys of the map `of` that are not among `names`, a list; sorted."""

    helper: ClassVar[str] = """\
{{/* The keys of a map that are not in a list. */}}
{{- define "PLATFORM.otherKeys" -}}
{{- $others := list }}
{{- range $key, $_ := .of }}
{{- if not (has $key $.names) }}
{{- $others = append $others $key }}
{{- end }}
{{- end }}
{{- toJson $others }}
{{- end }}
"""

    of: Expression
    names: Expression

    def value(self, scope: Scope) -> Any:
        names = self.names.value(scope)
        return sorted(key for key in self.of.value(scope) if key not in names)

    def source(self, context: Context) -> str:
        return f"({super().source(context)[1:-1]} | fromJsonArray)"
