"""Names in the texts of rules, worded as `tierwright.config.problems` words them."""

from __future__ import annotations

from typing import Any, ClassVar

from tierwright.config.problems import MOST_NAMES, enumerated
from tierwright.expressions.expression import Expression, Scope
from tierwright.expressions.walks import Helped


class Enumerated(Helped, frozen=True):
    """The names of a list, which is not empty, as a sentence has them."""

    helper: ClassVar[str] = """\
{{/* Names as a sentence has them: a, b and c. */}}
{{- define "PLATFORM.enumerated" -}}
{{- $rest := sub (len .names) MOST | int }}
{{- $told := .names }}
{{- if gt $rest 1 }}
{{- $told = append (slice .names 0 MOST) (printf "%d more" $rest) }}
{{- end }}
{{- if gt (len $told) 1 }}
{{- printf "%s and " (initial $told | join ", ") }}
{{- end }}
{{- last $told }}
{{- end }}
""".replace("MOST", str(MOST_NAMES))

    names: Expression

    def value(self, scope: Scope) -> Any:
        return enumerated(self.names.value(scope))
