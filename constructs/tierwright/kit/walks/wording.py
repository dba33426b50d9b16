"""Names in the texts of rules, worded as `tierwright.config.problems` words them."""

from __future__ import annotations

from typing import Any, ClassVar

from tierwright.config.problems import MOST_NAMES, choices, enumerated
from tierwright.expressions.expression import Context, Expression, Scope
from tierwright.expressions.walks import Helped


class Enumerated(Helped, frozen=True):
    """The names of a list, which is not empty, as a sentence has them."""

    helper: ClassVar[str] = """\
{{/* Names as a sentence has them: a, b and c. */}}
{{- define "PLATFORM.enumerated" -}}
{{- $rest := sub (len .names) MOST | int }}
{{- $listed := .names }}
{{- if gt $rest 1 }}
{{- $listed = append (slice .names 0 MOST) (printf "%d more" $rest) }}
{{- end }}
{{- if gt (len $listed) 1 }}
{{- printf "%s and " (initial $listed | join ", ") }}
{{- end }}
{{- last $listed }}
{{- end }}
""".replace("MOST", str(MOST_NAMES))

    names: Expression

    def value(self, scope: Scope) -> Any:
        return enumerated(self.names.value(scope))


class Choices(Expression, frozen=True):
    """What is allowed in place of a name that is not among some; the program also names a similar one."""

    name: Expression
    known: Expression

    def value(self, scope: Scope) -> Any:
        return choices(self.name.value(scope), self.known.value(scope))

    def source(self, context: Context) -> str:
        return f'(printf "allowed: %s" (join ", " {self.known.source(context)}))'
