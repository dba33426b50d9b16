"""The helpers that every chart has, whatever its platform."""

from __future__ import annotations

HELPERS = r"""{{/*
Completes .Values.services, once for all templates: the defaults of every service, with what differs laid over them. Maps merge,
everything else replaces; null means the default.
*/}}
{{- define "%(platform)s.values" -}}
{{- if not .Values.whole }}
{{- if contains ":null" (toJson .Values) }}
{{- include "%(platform)s.withoutNull" .Values }}
{{- end }}
{{- include "%(platform)s.namespace" . }}
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
Puts the namespace of the objects into .Values.namespace.name: that of the release, unless this chart is part of another one and
has a namespace of its own. Two platforms in one namespace would overwrite one another, so .Release keeps who is where.
*/}}
{{- define "%(platform)s.namespace" -}}
{{- $namespace := .Release.Namespace }}
{{- if not .Chart.IsRoot }}
{{- $namespace = .Values.namespace.name | default .Release.Namespace }}
{{- end }}
{{- $_ := set .Values.namespace "name" $namespace }}
{{- $platforms := .Release.platforms | default dict }}
{{- with index $platforms $namespace }}
{{- $message := "%%s.namespace.name: %%s is in %%s too, and both have objects of the same names; " }}
{{- $remedy := "name another namespace, or give each a release of its own" }}
{{- fail (printf (print $message $remedy) $.Chart.Name . $namespace) }}
{{- end }}
{{- $_ := set .Release "platforms" (set $platforms $namespace .Chart.Name) }}
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

{{/*
Takes out of a map, in place, what is null: Helm leaves null where there was no default. The objects of extraObjects are the
user's own, and so are their nulls.
*/}}
{{- define "%(platform)s.withoutNull" -}}
{{- range $key, $value := . }}
{{- if kindIs "invalid" $value }}
{{- $_ := unset $ $key }}
{{- else if eq $key "extraObjects" }}
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

{{/*
Three maps as one, the second as YAML; of two that name the same key, the later counts. Where no key comes twice, nothing is read.
*/}}
{{- define "%(platform)s.around" -}}
{{- $text := index . 1 }}
{{- $twice := not (not (first .)) }}
{{- range $key, $_ := last . }}
{{- $twice = or $twice (contains $key $text) }}
{{- end }}
{{- if $twice }}
{{- include "%(platform)s.merged" (list (first .) (fromYaml $text) (last .)) }}
{{- else }}
{{- $text }}
{{- range $key, $value := last . }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- end }}

{{/*
A map or a list of the user's as YAML, entry by entry. toYaml loses U+0085, blanks at the start of lines, and line breaks at the
end of an object, and leaves texts plain that not every reader takes for texts.
*/}}
{{- define "%(platform)s.yaml" -}}
{{- if not . }}
{{ toJson . }}
{{- else if kindIs "map" . }}
{{- range $key, $value := . }}
{{ quote $key }}:{{ include "%(platform)s.value" $value }}
{{- end }}
{{- else }}
{{- range . }}
- {{ include "%(platform)s.value" . | trim }}
{{- end }}
{{- end }}
{{- end }}

{{/* A value behind its key. */}}
{{- define "%(platform)s.value" -}}
{{- if kindIs "string" . }} {{ include "%(platform)s.text" . }}
{{- else if and (or (kindIs "map" .) (kindIs "slice" .)) . }}
{{- include "%(platform)s.yaml" . | trim | nindent 2 }}
{{- else }} {{ regexReplaceAll "^(-?[0-9]+)e" (toJson .) "${1}.0e" }}
{{- end }}
{{- end }}

{{/* A text: lines as a block, where every reader gives them back, or in quotes. */}}
{{- define "%(platform)s.text" -}}
{{- if and (contains "\n" .) (regexMatch "^[!-~]([ -~\n]*[!-~])?\n?$" .) (not (contains " \n" .)) }}
{{- hasSuffix "\n" . | ternary "|" "|-" }}
{{- trimSuffix "\n" . | nindent 2 }}
{{- else }}
{{- quote . }}
{{- end }}
{{- end }}
"""
