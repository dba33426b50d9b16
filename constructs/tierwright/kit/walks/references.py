"""Walks through variables that refer to one another; `tierwright.model.references` says what a reference is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from tierwright.config.problems import shown
from tierwright.config.soundness import numbered
from tierwright.expressions.conditions import ALWAYS, Condition
from tierwright.expressions.expression import Context, Expression, Field, Operand, Scope, evaluated, quoted
from tierwright.expressions.json_text import json_text
from tierwright.expressions.walks import Walk
from tierwright.model.references import OF_KUBERNETES, REFERENCE, Setting, dangling, text_of


class SettingsOf(Walk, frozen=True):
    """What the values of a service say that may refer to variables, in the order in which its containers get it.

    Of each the name, the text and the path: first the variables of `own`, which the catalogue sets too, then the others by name,
    then the further ones, then the mounts, which come after all variables and have no name. Nothing where there is no reference,
    where the service is left out, or where it gets variables whose names nobody knows, by `extraEnvFrom`.
    """

    helper: ClassVar[str] = """\
{{/* What the values of a service say that may refer to variables: name, text and path, in the order of its containers. */}}
{{- define "PLATFORM.settingsOf" -}}
{{- $settings := list }}
{{- if and .values.enabled (not .values.extraEnvFrom) }}
{{- range $name := .own }}
{{- $settings = append $settings (dict "name" $name "text" (index $.values.env $name) "path" (printf "env.%s" $name)) }}
{{- end }}
{{- range $name, $text := .values.env }}
{{- if not (has $name $.own) }}
{{- $settings = append $settings (dict "name" $name "text" $text "path" (printf "env.%s" $name)) }}
{{- end }}
{{- end }}
{{- range $index, $variable := .values.extraEnv }}
{{- $path := printf "extraEnv[%d].value" $index }}
{{- $settings = append $settings (dict "name" $variable.name "text" $variable.value "path" $path) }}
{{- end }}
{{- range $index, $mount := .values.extraVolumeMounts }}
{{- $path := printf "extraVolumeMounts[%d].subPathExpr" $index }}
{{- $settings = append $settings (dict "name" "" "text" $mount.subPathExpr "path" $path) }}
{{- end }}
{{- end }}
{{- toJson $settings }}
{{- end }}
"""

    values: Expression
    own: Operand

    @property
    def begins(self) -> Condition:
        """Whether anything of it is a reference."""
        return _Mentioned(tuple(Field(self.values, key) for key in ("env", "extraEnv", "extraVolumeMounts")))

    def value(self, scope: Scope) -> Any:
        values = self.values.value(scope)
        env, further = values["env"], list(_further(values))
        texts = (*map(text_of, env.values()), *(setting.text for setting in further))
        if values["enabled"] is False or not any("$(" in text for text in texts):  # where it is unsound, it may be enabled
            return []
        if values["extraEnvFrom"]:
            return []
        own = evaluated(self.own, scope)
        return [
            *(Setting(name, text_of(env.get(name)), ("env", name)) for name in (*own, *sorted(env.keys() - set(own)))),
            *further,
        ]


def _further(values: Any) -> Iterator[Setting]:
    for index, variable in numbered(values["extraEnv"]):
        yield Setting(text_of(variable.get("name")), text_of(variable.get("value")), ("extraEnv", index, "value"))
    for index, mount in numbered(values["extraVolumeMounts"]):
        yield Setting("", text_of(mount.get("subPathExpr")), ("extraVolumeMounts", index, "subPathExpr"))


class _Mentioned(Condition, frozen=True):
    """There is what begins a reference in one of these values."""

    of: tuple[Expression, ...]

    def value(self, scope: Scope) -> Any:
        return any("$(" in json_text(value.value(scope)) for value in self.of)

    def source(self, context: Context) -> str:
        return f'(contains "$(" (toJson (list {" ".join(value.source(context) for value in self.of)})))'


class OneSetting(Expression, frozen=True):
    """The settings where there is but one, a text that is no variable."""

    of: Expression

    def value(self, scope: Scope) -> Any:
        return [Setting("", text_of(self.of.value(scope)))]

    def source(self, context: Context) -> str:
        return f'(list (dict "name" "" "text" {self.of.source(context)} "path" ""))'


class Dangling(Walk, frozen=True):
    """References to variables that do not come earlier: `reference`, and `later` where there is such a variable all the same.

    `known` are the names before the first of the `settings`.
    """

    helper: ClassVar[str] = """\
{{/* The references in settings to variables that do not come earlier: Kubernetes leaves them as they are. */}}
{{- define "PLATFORM.dangling" -}}
{{- $dangling := list }}
{{- $known := .known }}
{{- $names := list }}
{{- range .settings }}
{{- $names = append $names .name }}
{{- end }}
{{- range $setting := .settings }}
{{- if kindIs "string" $setting.text }}
{{- range $reference := regexFindAll REFERENCE $setting.text -1 }}
{{- $name := $reference | trimPrefix "$(" | trimSuffix ")" }}
{{- if not (or (eq $reference "$$") (has $name $known) (regexMatch OF_KUBERNETES $name)) }}
{{- $later := and $name (has $name $names) }}
{{- $dangling = append $dangling (dict "reference" $reference "later" (not (not $later)) "path" $setting.path) }}
{{- end }}
{{- end }}
{{- end }}
{{- with $setting.name }}
{{- $known = append $known . }}
{{- end }}
{{- end }}
{{- toJson $dangling }}
{{- end }}
""".replace("REFERENCE", quoted(REFERENCE)).replace("OF_KUBERNETES", quoted(OF_KUBERNETES))

    known: Operand
    settings: Expression

    @property
    def begins(self) -> Condition:
        """The condition without which there are no settings."""
        return self.settings.begins if isinstance(self.settings, Walk) else ALWAYS

    def value(self, scope: Scope) -> Any:
        settings = self.settings.value(scope)
        found = dangling(evaluated(self.known, scope), settings) if settings else ()
        return [{"path": setting.path, "reference": f"$({shown(name)})", "later": later} for setting, name, later in found]
