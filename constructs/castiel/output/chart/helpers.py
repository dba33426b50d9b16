"""The helpers that every chart has, whatever its platform."""

from __future__ import annotations

HELPERS = """\
{{/*
Makes .Values.services whole, once for all templates: the defaults of every service with what differs laid over them. Maps
merge, everything else replaces; null stands for the default.
*/}}
{{- define "castiel.values" -}}
{{- if not .Values.whole }}
{{- if not (toYaml .Values) }}
{{- fail "the values hold a character that YAML does not allow; remove it" }}
{{- end }}
{{- include "castiel.withoutNull" .Values }}
{{- $services := dict }}
{{- range $name := list %(services)s }}
{{- $service := omit $.Values.defaults "" }}
{{- include "castiel.overlay" (list $service (index $.Values.services $name | default dict)) }}
{{- $_ := set $services $name $service }}
{{- end }}
{{- $_ := set .Values "services" $services }}
{{- $_ := set .Values "whole" true }}
{{- end }}
{{- end }}

{{/*
Lays the second map over the first, in place. The maps in it are shared by all services, so those that change are copied:
omit gives a copy of a map, though not of the maps in it.
*/}}
{{- define "castiel.overlay" -}}
{{- $base := first . }}
{{- range $key, $value := last . }}
{{- if and (kindIs "map" $value) (kindIs "map" (index $base $key)) }}
{{- $copy := omit (index $base $key) "" }}
{{- include "castiel.overlay" (list $copy $value) }}
{{- $_ := set $base $key $copy }}
{{- else }}
{{- $_ := set $base $key $value }}
{{- end }}
{{- end }}
{{- end }}

{{/* Takes out of a map, in place, what is null: Helm leaves null where there was no default. */}}
{{- define "castiel.withoutNull" -}}
{{- range $key, $value := . }}
{{- if kindIs "invalid" $value }}
{{- $_ := unset $ $key }}
{{- else if kindIs "map" $value }}
{{- include "castiel.withoutNull" $value }}
{{- else if kindIs "slice" $value }}
{{- include "castiel.itemsWithoutNull" $value }}
{{- end }}
{{- end }}
{{- end }}

{{/* The same for the maps in a list. */}}
{{- define "castiel.itemsWithoutNull" -}}
{{- range $value := . }}
{{- if kindIs "map" $value }}
{{- include "castiel.withoutNull" $value }}
{{- else if kindIs "slice" $value }}
{{- include "castiel.itemsWithoutNull" $value }}
{{- end }}
{{- end }}
{{- end }}

{{/* Several maps as one; of two that name the same key, the later counts. */}}
{{- define "castiel.merged" -}}
{{- $merged := dict }}
{{- range . }}
{{- range $key, $value := . }}
{{- $_ := set $merged $key $value }}
{{- end }}
{{- end }}
{{- range $key, $value := $merged }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
"""
