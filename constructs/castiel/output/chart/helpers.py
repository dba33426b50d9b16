"""The helpers that every chart has, whatever its platform."""

from __future__ import annotations

HELPERS = """\
{{/*
Makes .Values.services whole, once for all templates: the defaults of every service with what differs laid over them. Maps
merge, everything else replaces; null stands for the default.
*/}}
{{- define "%(platform)s.values" -}}
{{- if not .Values.whole }}
{{- if not (toYaml .Values) }}
{{- fail "the values hold a character that YAML does not allow; remove it" }}
{{- end }}
{{- include "%(platform)s.withoutNull" .Values }}
{{- $services := dict }}
{{- range $name := list %(services)s }}
{{- $service := omit $.Values.defaults "" }}
{{- include "%(platform)s.overlay" (list $service (index $.Values.services $name | default dict)) }}
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
{{- define "%(platform)s.overlay" -}}
{{- $base := first . }}
{{- range $key, $value := last . }}
{{- if and (kindIs "map" $value) (kindIs "map" (index $base $key)) }}
{{- $copy := omit (index $base $key) "" }}
{{- include "%(platform)s.overlay" (list $copy $value) }}
{{- $_ := set $base $key $copy }}
{{- else }}
{{- $_ := set $base $key $value }}
{{- end }}
{{- end }}
{{- end }}

{{/* Takes out of a map, in place, what is null: Helm leaves null where there was no default. */}}
{{- define "%(platform)s.withoutNull" -}}
{{- range $key, $value := . }}
{{- if kindIs "invalid" $value }}
{{- $_ := unset $ $key }}
{{- else if kindIs "map" $value }}
{{- include "%(platform)s.withoutNull" $value }}
{{- else if kindIs "slice" $value }}
{{- include "%(platform)s.itemsWithoutNull" $value }}
{{- end }}
{{- end }}
{{- end }}

{{/* The same for the maps in a list. */}}
{{- define "%(platform)s.itemsWithoutNull" -}}
{{- range $value := . }}
{{- if kindIs "map" $value }}
{{- include "%(platform)s.withoutNull" $value }}
{{- else if kindIs "slice" $value }}
{{- include "%(platform)s.itemsWithoutNull" $value }}
{{- end }}
{{- end }}
{{- end }}

{{/* Several maps as one; of two that name the same key, the later counts. */}}
{{- define "%(platform)s.merged" -}}
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
