"""The helpers that check references between variables."""

from __future__ import annotations

from tierwright.expressions.expression import quoted
from tierwright.model.references import OF_KUBERNETES, REFERENCE

_TEMPLATE = """\
{{/*
Refuses variables that refer to one which does not come earlier: Kubernetes leaves such references as they are. Each setting is a
list of the variable's name, its text, and the path at which that is written.
*/}}
{{- define "PLATFORM.references" -}}
{{- $known := .known }}
{{- range $setting := .settings }}
{{- $text := index $setting 1 }}
{{- if kindIs "string" $text }}
{{- range $found := regexFindAll REFERENCE $text -1 }}
{{- $name := $found | trimPrefix "$(" | trimSuffix ")" }}
{{- if not (or (eq $found "$$") (has $name $known) (regexMatch OF_KUBERNETES $name)) }}
{{- $remedy := "refer to one that does, or write another $ before it for the text itself" }}
{{- fail (printf "%s: no variable for %s comes before it; %s" (index $setting 2) $found $remedy) }}
{{- end }}
{{- end }}
{{- end }}
{{- with index $setting 0 }}
{{- $known = append $known . }}
{{- end }}
{{- end }}
{{- end }}

{{/*
The same for what the values of a service say, unless it is left out: in the order in which its containers get the variables.
*/}}
{{- define "PLATFORM.referencesOfService" -}}
{{- if and .values.enabled (contains "$(" (toJson (list .values.env .values.extraEnv .values.extraVolumeMounts))) }}
{{- $settings := list }}
{{- range $name := .own }}
{{- $settings = append $settings (list $name (index $.values.env $name) (printf "services.%s.env.%s" $.service $name)) }}
{{- end }}
{{- range $name, $text := .values.env }}
{{- if not (has $name $.own) }}
{{- $settings = append $settings (list $name $text (printf "services.%s.env.%s" $.service $name)) }}
{{- end }}
{{- end }}
{{- range $at, $variable := .values.extraEnv }}
{{- $settings = append $settings (list $variable.name $variable.value (printf "services.%s.extraEnv[%d].value" $.service $at)) }}
{{- end }}
{{- range $at, $mount := .values.extraVolumeMounts }}
{{- $path := printf "services.%s.extraVolumeMounts[%d].subPathExpr" $.service $at }}
{{- $settings = append $settings (list "" $mount.subPathExpr $path) }}
{{- end }}
{{- include "PLATFORM.references" (dict "known" .known "settings" $settings) }}
{{- end }}
{{- end }}
"""


def reference_helpers(platform: str) -> str:
    """The helpers, named after a platform."""
    patterns = {"REFERENCE": quoted(REFERENCE), "OF_KUBERNETES": quoted(OF_KUBERNETES)}
    written = _TEMPLATE.replace("PLATFORM", platform)
    for word, pattern in patterns.items():
        written = written.replace(word, pattern)
    return written
