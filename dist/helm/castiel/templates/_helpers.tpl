{{- /* Made by tierwright as helm/castiel/templates/_helpers.tpl; changes to this file are lost when it is made again. */ -}}
{{/*
Completes .Values.services, once for all templates: the defaults of every service, with what differs laid over them. Maps merge,
everything else replaces; null means the default.
*/}}
{{- define "castiel.values" -}}
{{- if not .Values.whole }}
{{- include "castiel.withoutNull" .Values }}
{{- include "castiel.namespace" . }}
{{- $services := dict }}
{{- range $name := list "notification-manager" "secret-management" "usage-tracking" "prompt-management" "embeddings" "ai-service" "planning" "execution" "mcp-server" "knowledge-base" "dashboard" "calendar" "messaging" "logging" "learning-development" "collaboration" "quality" "resource-management" "workflow" "observability" "api-gateway" }}
{{- $service := omit $.Values.defaults "" }}
{{- include "castiel.overlay" (list $service (index $.Values.services $name | default dict)) }}
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
{{- define "castiel.namespace" -}}
{{- $namespace := .Release.Namespace }}
{{- if not .Chart.IsRoot }}
{{- $namespace = .Values.namespace.name | default .Release.Namespace }}
{{- end }}
{{- $_ := set .Values.namespace "name" $namespace }}
{{- $platforms := .Release.platforms | default dict }}
{{- with index $platforms $namespace }}
{{- $message := "%s.namespace.name: %s is in %s too, and both have objects of the same names; " }}
{{- $remedy := "name another namespace, or give each a release of its own" }}
{{- fail (printf (print $message $remedy) $.Chart.Name . $namespace) }}
{{- end }}
{{- $_ := set .Release "platforms" (set $platforms $namespace .Chart.Name) }}
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

{{/*
Takes out of a map, in place, what is null: Helm leaves null where there was no default. The objects of extraObjects are the
user's own, and so are their nulls.
*/}}
{{- define "castiel.withoutNull" -}}
{{- range $key, $value := . }}
{{- if kindIs "invalid" $value }}
{{- $_ := unset $ $key }}
{{- else if eq $key "extraObjects" }}
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

{{/*
A map or a list of the user's as YAML, entry by entry. toYaml loses U+0085, blanks at the start of lines, and line breaks at the
end of an object, and leaves texts plain that not every reader takes for texts.
*/}}
{{- define "castiel.yaml" -}}
{{- if not . }}
{{ toJson . }}
{{- else if kindIs "map" . }}
{{- range $key, $value := . }}
{{ include "castiel.word" $key }}:{{ include "castiel.value" $value }}
{{- end }}
{{- else }}
{{- range . }}
- {{ include "castiel.value" . | trim }}
{{- end }}
{{- end }}
{{- end }}

{{/* A value behind its key. */}}
{{- define "castiel.value" -}}
{{- if kindIs "string" . }} {{ include "castiel.text" . }}
{{- else if and (or (kindIs "map" .) (kindIs "slice" .)) . }}
{{- include "castiel.yaml" . | trim | nindent 2 }}
{{- else }} {{ regexReplaceAll "^(-?[0-9]+)e" (toJson .) "${1}.0e" }}
{{- end }}
{{- end }}

{{/* A text: lines as a block, where every reader gives them back, or on one line. */}}
{{- define "castiel.text" -}}
{{- if and (contains "\n" .) (regexMatch "^[!-~]([ -~\n]*[!-~])?\n?$" .) (not (contains " \n" .)) }}
{{- hasSuffix "\n" . | ternary "|" "|-" }}
{{- trimSuffix "\n" . | nindent 2 }}
{{- else }}
{{- include "castiel.word" . }}
{{- end }}
{{- end }}

{{/* A text on one line: a plain word, or in quotes. */}}
{{- define "castiel.word" -}}
{{- $plain := regexMatch "^[A-Za-z_][A-Za-z0-9_./-]*$" . }}
{{- if and $plain (not (has (lower .) (list "true" "false" "yes" "no" "on" "off" "null" "y" "n"))) }}
{{- . }}
{{- else }}
{{- quote . }}
{{- end }}
{{- end }}

{{/*
Gives the user's objects the platform's namespace, in place, where they are namespaced and name none. Which kinds are cluster-scoped
is known for Kubernetes, for some others, and from CustomResourceDefinitions among the objects.
*/}}
{{- define "castiel.place" -}}
{{- $without := list "/ComponentStatus" "/Namespace" "/Node" "/PersistentVolume" "admissionregistration.k8s.io/MutatingAdmissionPolicy" "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding" "admissionregistration.k8s.io/MutatingWebhookConfiguration" "admissionregistration.k8s.io/ValidatingAdmissionPolicy" "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding" "admissionregistration.k8s.io/ValidatingWebhookConfiguration" "apiextensions.k8s.io/CustomResourceDefinition" "apiregistration.k8s.io/APIService" "argoproj.io/ClusterAnalysisTemplate" "argoproj.io/ClusterWorkflowTemplate" "authentication.k8s.io/SelfSubjectReview" "authentication.k8s.io/TokenReview" "authorization.k8s.io/SelfSubjectAccessReview" "authorization.k8s.io/SelfSubjectRulesReview" "authorization.k8s.io/SubjectAccessReview" "cert-manager.io/ClusterIssuer" "certificates.k8s.io/CertificateSigningRequest" "certificates.k8s.io/ClusterTrustBundle" "cilium.io/CiliumBGPClusterConfig" "cilium.io/CiliumCIDRGroup" "cilium.io/CiliumClusterwideEnvoyConfig" "cilium.io/CiliumClusterwideNetworkPolicy" "cilium.io/CiliumEgressGatewayPolicy" "cilium.io/CiliumLoadBalancerIPPool" "crd.projectcalico.org/GlobalNetworkPolicy" "crd.projectcalico.org/GlobalNetworkSet" "crd.projectcalico.org/IPPool" "external-secrets.io/ClusterExternalSecret" "external-secrets.io/ClusterPushSecret" "external-secrets.io/ClusterSecretStore" "flowcontrol.apiserver.k8s.io/FlowSchema" "flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration" "gateway.networking.k8s.io/GatewayClass" "generators.external-secrets.io/ClusterGenerator" "internal.apiserver.k8s.io/StorageVersion" "karpenter.sh/NodeClaim" "karpenter.sh/NodePool" "keda.sh/ClusterTriggerAuthentication" "kyverno.io/ClusterCleanupPolicy" "kyverno.io/ClusterPolicy" "networking.k8s.io/IPAddress" "networking.k8s.io/IngressClass" "networking.k8s.io/ServiceCIDR" "node.k8s.io/RuntimeClass" "policy.networking.k8s.io/AdminNetworkPolicy" "policy.networking.k8s.io/BaselineAdminNetworkPolicy" "policy.networking.k8s.io/ClusterNetworkPolicy" "postgresql.cnpg.io/ClusterImageCatalog" "projectcalico.org/GlobalNetworkPolicy" "projectcalico.org/GlobalNetworkSet" "projectcalico.org/IPPool" "rbac.authorization.k8s.io/ClusterRole" "rbac.authorization.k8s.io/ClusterRoleBinding" "resource.k8s.io/DeviceClass" "resource.k8s.io/DeviceTaintRule" "resource.k8s.io/ResourcePoolStatusRequest" "resource.k8s.io/ResourceSlice" "scheduling.k8s.io/PriorityClass" "snapshot.storage.k8s.io/VolumeSnapshotClass" "snapshot.storage.k8s.io/VolumeSnapshotContent" "storage.k8s.io/CSIDriver" "storage.k8s.io/CSINode" "storage.k8s.io/StorageClass" "storage.k8s.io/VolumeAttachment" "storage.k8s.io/VolumeAttributesClass" "storagemigration.k8s.io/StorageVersionMigration" "tekton.dev/ClusterTask" "trust.cert-manager.io/Bundle" "trust.cert-manager.io/ClusterBundle" }}
{{- range .Values.extraObjects }}
{{- if and (eq .kind "CustomResourceDefinition") (kindIs "map" .spec) }}
{{- if and (eq (toString .spec.scope) "Cluster") (kindIs "map" .spec.names) }}
{{- $without = append $without (printf "%s/%s" (toString .spec.group) (toString .spec.names.kind)) }}
{{- end }}
{{- end }}
{{- end }}
{{- range .Values.extraObjects }}
{{- if not (or .metadata.namespace (has (printf "%s/%s" (include "castiel.group" .) .kind) $without)) }}
{{- $_ := set .metadata "namespace" $.Values.namespace.name }}
{{- end }}
{{- end }}
{{- end }}

{{/* The API group of an object. */}}
{{- define "castiel.group" -}}
{{ regexReplaceAll "/?[^/]*$" .apiVersion "" }}
{{- end }}

{{/*
Refuses an object of a group of Kubernetes that has no such kind in any version that this chart supports. Takes its place in
extraObjects and the object.
*/}}
{{- define "castiel.checkServed" -}}
{{- $served := include "castiel.served" . | fromJson }}
{{- $one := index . 1 }}
{{- $versions := index $served.kinds $one.kind | default list }}
{{- if and (has (include "castiel.group" $one) $served.groups) (not (has $one.apiVersion $versions)) }}
{{- $wrong := printf "Kubernetes has no %s of %s" $one.kind $one.apiVersion }}
{{- if $versions }}
{{- fail (printf "extraObjects[%d].apiVersion: %s; allowed: %s" (first .) $wrong (join ", " $versions)) }}
{{- end }}
{{- $others := list }}
{{- range $kind, $of := $served.kinds }}
{{- if eq (lower $kind) (lower $one.kind) }}
{{- fail (printf "extraObjects[%d].kind: %s; write %s, of %s" (first $) $wrong $kind (join " or " $of)) }}
{{- else if has $one.apiVersion $of }}
{{- $others = append $others $kind }}
{{- end }}
{{- end }}
{{- $known := join ", " $others | default "any kind that it has" }}
{{- fail (printf "extraObjects[%d].kind: %s; allowed: %s" (first .) $wrong $known) }}
{{- end }}
{{- end }}

{{/* Refuses an object of the user's that is there already, or of a kind that Kubernetes has not. */}}
{{- define "castiel.checkObjects" -}}
{{- $owners := .owners }}
{{- range $at, $one := .objects }}
{{- if hasKey $one "items" }}
{{- fail (printf "extraObjects[%d].items: makes a list of it; give each object by itself" $at) }}
{{- end }}
{{- include "castiel.checkServed" (list $at $one) }}
{{- $name := $one.metadata.name }}
{{- $group := include "castiel.group" $one }}
{{- $identity := printf "%s/%s/%s/%s" ($one.metadata.namespace | default "") $group $one.kind $name }}
{{- with index $owners $identity }}
{{- $where := printf "extraObjects[%d].metadata.name" $at }}
{{- fail (printf "%s: %s has the %s %s already; give each object a name of its own" $where . $one.kind $name) }}
{{- end }}
{{- $_ := set $owners $identity (printf "extraObjects[%d]" $at) }}
{{- end }}
{{- end }}

{{/* Refuses variables, volumes and mounts that a pod has already, and mounts of a volume that it has not. */}}
{{- define "castiel.checkExtras" -}}
{{- $volumes := .volumes }}
{{- $mounts := .service.extraVolumeMounts }}
{{- range .service.extraVolumes }}
{{- $volumes = append $volumes .name }}
{{- end }}
{{- range $at, $mount := $mounts }}
{{- if not (has $mount.name $volumes) }}
{{- fail (printf "%s.extraVolumeMounts[%d].name: there is no volume %s; add it to extraVolumes" $.where $at $mount.name) }}
{{- end }}
{{- end }}
{{- $variables := concat .variables (keys .service.env) }}
{{- include "castiel.checkNames" (list (printf "%s.extraEnv" .where) "name" .service.extraEnv $variables) }}
{{- include "castiel.checkNames" (list (printf "%s.extraVolumes" .where) "name" .service.extraVolumes .volumes) }}
{{- include "castiel.checkNames" (list (printf "%s.extraVolumeMounts" .where) "mountPath" $mounts .paths) }}
{{- end }}

{{/* Where it is, a key, items, and what is taken: refuses an item that has there what is taken, or what another one has. */}}
{{- define "castiel.checkNames" -}}
{{- $key := index . 1 }}
{{- $taken := index . 3 }}
{{- range $at, $one := index . 2 }}
{{- $name := index $one $key }}
{{- if eq $key "mountPath" }}
{{- $name = clean (printf "/%s" $name) }}
{{- end }}
{{- if has $name $taken }}
{{- fail (printf "%s[%d].%s: %s is there already; name each once" (first $) $at $key $name) }}
{{- end }}
{{- $taken = append $taken $name }}
{{- end }}
{{- end }}

{{/* Refuses autoscalers of the user's that are not alone, that upgrades thwart, or whose bounds the values do not repeat. */}}
{{- define "castiel.checkAutoscalers" -}}
{{- $kinds := dict "autoscaling/HorizontalPodAutoscaler" (dict "minReplicas" (list "minReplicas" 1) "maxReplicas" (list "maxReplicas" nil)) "keda.sh/ScaledObject" (dict "minReplicas" (list "minReplicaCount" 0) "maxReplicas" (list "maxReplicaCount" 100)) }}
{{- $owners := dict }}
{{- range $at, $one := .values.extraObjects }}
{{- $bounds := index $kinds (printf "%s/%s" (include "castiel.group" $one) $one.kind) }}
{{- if and $bounds (kindIs "map" $one.spec) (eq (toString $one.metadata.namespace) $.values.namespace.name) }}
{{- $path := printf "extraObjects[%d].spec" $at }}
{{- $where := printf "%s.scaleTargetRef" $path }}
{{- $target := include "castiel.scaled" $one.spec }}
{{- $name := regexReplaceAll "^[^/]*/" $target "" }}
{{- with index $owners $target }}
{{- fail (printf "%s: %s scales %s already; keep one of the two" $where . $name) }}
{{- end }}
{{- if and (hasPrefix "Deployment/" $target) (hasKey $.values.services $name) }}
{{- $service := index $.values.services $name }}
{{- $arguments := dict "where" $where "path" $path "name" $name "scaling" $service.autoscaling "spec" $one.spec "bounds" $bounds }}
{{- if $service.enabled }}
{{- include "castiel.checkAutoscaler" $arguments }}
{{- end }}
{{- end }}
{{- if and (hasPrefix "StatefulSet/" $target) (hasKey $.data $name) }}
{{- if ne (index $.data $name).topology "external" }}
{{- fail (printf "%s: %s runs as one pod, and every apply restores that; remove the autoscaler" $where $name) }}
{{- end }}
{{- end }}
{{- if $name }}
{{- $_ := set $owners $target (printf "extraObjects[%d]" $at) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Kind and name of what an autoscaler scales; nothing where it is none of Kubernetes' own workloads. */}}
{{- define "castiel.scaled" -}}
{{- if kindIs "map" .scaleTargetRef }}
{{- with .scaleTargetRef }}
{{- $group := include "castiel.group" (dict "apiVersion" (toString (.apiVersion | default "apps/v1"))) }}
{{- if and (eq $group "apps") (kindIs "string" .name) }}
{{- printf "%s/%s" (toString (.kind | default "Deployment")) .name }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* The same for one autoscaler of a service. */}}
{{- define "castiel.checkAutoscaler" -}}
{{- $values := printf "services.%s.autoscaling" .name }}
{{- if .scaling.enabled }}
{{- fail (printf "%s: the platform makes an autoscaler of %s already; set %s.enabled to false and external to true, or remove this one" .where .name $values) }}
{{- end }}
{{- if not .scaling.external }}
{{- fail (printf "%s: the platform writes how many pods %s has, so every apply resets it; set %s.external to true" .where .name $values) }}
{{- end }}
{{- range $said, $bound := .bounds }}
{{- $key := first $bound }}
{{- $given := index $.spec $key }}
{{- if kindIs "invalid" $given }}
{{- $given = last $bound }}
{{- end }}
{{- $ours := int64 (index $.scaling $said) }}
{{- if and (has (kindOf $given) (list "int" "int64" "float64")) (ne (max 1 (int64 $given)) $ours) }}
{{- fail (printf "%s: is %d, but %s.%s is %d; write the same in both" (print $.path "." $key) (int64 $given) $values $said $ours) }}
{{- end }}
{{- end }}
{{- end }}

{{/* What the values of a service say that may refer to variables: name, text and path, in the order of its containers. */}}
{{- define "castiel.settingsOf" -}}
{{- $settings := list }}
{{- if and .values.enabled (contains "$(" (toJson (list .values.env .values.extraEnv .values.extraVolumeMounts))) }}
{{- range $name := .own }}
{{- $settings = append $settings (dict "name" $name "text" (index $.values.env $name) "at" (printf "env.%s" $name)) }}
{{- end }}
{{- range $name, $text := .values.env }}
{{- if not (has $name $.own) }}
{{- $settings = append $settings (dict "name" $name "text" $text "at" (printf "env.%s" $name)) }}
{{- end }}
{{- end }}
{{- range $at, $variable := .values.extraEnv }}
{{- $path := printf "extraEnv[%d].value" $at }}
{{- $settings = append $settings (dict "name" $variable.name "text" $variable.value "at" $path) }}
{{- end }}
{{- range $at, $mount := .values.extraVolumeMounts }}
{{- $path := printf "extraVolumeMounts[%d].subPathExpr" $at }}
{{- $settings = append $settings (dict "name" "" "text" $mount.subPathExpr "at" $path) }}
{{- end }}
{{- end }}
{{- toJson $settings }}
{{- end }}

{{/* The references in settings to variables that do not come earlier: Kubernetes leaves them as they are. */}}
{{- define "castiel.dangling" -}}
{{- $dangling := list }}
{{- $known := .known }}
{{- $names := list }}
{{- range .settings }}
{{- $names = append $names .name }}
{{- end }}
{{- range $setting := .settings }}
{{- if kindIs "string" $setting.text }}
{{- range $reference := regexFindAll "\\$\\$|\\$\\([^)]*\\)" $setting.text -1 }}
{{- $name := $reference | trimPrefix "$(" | trimSuffix ")" }}
{{- if not (or (eq $reference "$$") (has $name $known) (regexMatch "^KUBERNETES_(SERVICE|PORT)" $name)) }}
{{- $later := and $name (has $name $names) }}
{{- $dangling = append $dangling (dict "reference" $reference "later" (not (not $later)) "at" $setting.at) }}
{{- end }}
{{- end }}
{{- end }}
{{- with $setting.name }}
{{- $known = append $known . }}
{{- end }}
{{- end }}
{{- toJson $dangling }}
{{- end }}

{{/* Names as a sentence has them: a, b and c. */}}
{{- define "castiel.enumerated" -}}
{{- $rest := sub (len .names) 5 | int }}
{{- $told := .names }}
{{- if gt $rest 1 }}
{{- $told = append (slice .names 0 5) (printf "%d more" $rest) }}
{{- end }}
{{- if gt (len $told) 1 }}
{{- printf "%s and " (initial $told | join ", ") }}
{{- end }}
{{- last $told }}
{{- end }}

{{/* The first service with pods, of some names and, if those wait too, of the lines of a named template. */}}
{{- define "castiel.firstWithPods" -}}
{{- $names := .needing }}
{{- if and .waiting .later }}
{{- $names = concat $names (include .later . | trim | splitList "\n") }}
{{- end }}
{{- range $name := $names }}
{{- with index $.services $name }}
{{- if and .enabled (or .autoscaling.enabled .autoscaling.external (gt (int64 .replicas) 0)) }}
{{- $name }}{{ break }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "castiel.labels" -}}
{{- range $key, $value := omit .root.Values.commonLabels "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/component" "app.kubernetes.io/part-of" "app.kubernetes.io/managed-by" }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
app.kubernetes.io/name: {{ .name | quote }}
app.kubernetes.io/instance: castiel
{{- with .version | trunc 63 | trimAll "_.-" }}
app.kubernetes.io/version: {{ . | quote }}
{{- end }}
app.kubernetes.io/component: {{ .component | quote }}
app.kubernetes.io/part-of: castiel
app.kubernetes.io/managed-by: {{ .root.Release.Service | quote }}
{{- end }}

{{- define "castiel.egressToDns" -}}
to:
  - namespaceSelector:
      matchLabels:
        kubernetes.io/metadata.name: {{ .Values.networkPolicy.dns.namespace | quote }}
    podSelector:
      matchLabels:
        {{- include "castiel.yaml" .Values.networkPolicy.dns.podLabels | trim | nindent 8 }}
  {{- range $value := .Values.networkPolicy.dns.cidrs }}
  - ipBlock:
      cidr: {{ $value | quote }}
  {{- end }}
ports:
  {{- range $value := .Values.networkPolicy.dns.ports }}
  - protocol: UDP
    port: {{ $value }}
  {{- end }}
  {{- range $value := .Values.networkPolicy.dns.ports }}
  - protocol: TCP
    port: {{ $value }}
  {{- end }}
{{- end }}

{{- define "castiel.image" -}}
{{ if .image.repository }}{{ if and .root.Values.images.publicRegistry (not (regexMatch "^(localhost|[^/]*[.:][^/]*)/" .image.repository)) }}{{ .root.Values.images.publicRegistry }}/{{ end }}{{ .image.repository }}{{ else }}{{ if .root.Values.images.registry }}{{ .root.Values.images.registry }}/{{ end }}{{ .name }}{{ end }}:{{ .image.tag }}{{ if .image.digest }}@{{ .image.digest }}{{ end }}
{{- end }}

{{- define "castiel.resources" -}}
{{- with .resources.requests }}
requests:
  {{- range $key, $value := . }}
  {{ $key | quote }}: {{ $value | quote }}
  {{- end }}
{{- end }}
{{- with .resources.limits }}
limits:
  {{- range $key, $value := . }}
  {{ $key | quote }}: {{ $value | quote }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "castiel.postgres.outsideKey" -}}
{{ if .Values.postgres.external.secret.urlKey }}{{ .Values.postgres.external.secret.urlKey }}{{ else }}{{ .Values.postgres.external.secret.key }}{{ end }}
{{- end }}

{{- define "castiel.rabbitmq.outsideKey" -}}
{{ if .Values.rabbitmq.external.secret.urlKey }}{{ .Values.rabbitmq.external.secret.urlKey }}{{ else }}{{ .Values.rabbitmq.external.secret.key }}{{ end }}
{{- end }}

{{- define "castiel.redis.outsideKey" -}}
{{ if .Values.redis.external.secret.urlKey }}{{ .Values.redis.external.secret.urlKey }}{{ else }}{{ .Values.redis.external.secret.key }}{{ end }}
{{- end }}

{{- define "castiel.generatedLabels" -}}
{{- range $key, $value := omit .Values.commonLabels "app.kubernetes.io/name" "app.kubernetes.io/component" "app.kubernetes.io/part-of" "app.kubernetes.io/managed-by" }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
app.kubernetes.io/name: secret-generator
app.kubernetes.io/component: secrets
app.kubernetes.io/part-of: castiel
app.kubernetes.io/managed-by: secret-generator
{{- end }}

{{- define "castiel.postgres.secretName" -}}
{{ if and (eq .Values.postgres.topology "external") .Values.postgres.external.secret.name }}{{ .Values.postgres.external.secret.name }}{{ else }}{{ dig "postgres-credentials" "postgres-credentials" .Values.secrets.names }}{{ end }}
{{- end }}

{{- define "castiel.postgres.secretKey" -}}
{{ if eq .Values.postgres.topology "external" }}{{ .Values.postgres.external.secret.key }}{{ else }}password{{ end }}
{{- end }}

{{- define "castiel.postgres.config" -}}
{{- range $key, $value := .Values.postgres.config }}
{{ $key }}={{ $value }}
{{- end }}
{{- end }}

{{- define "castiel.rabbitmq.secretName" -}}
{{ if and (eq .Values.rabbitmq.topology "external") .Values.rabbitmq.external.secret.name }}{{ .Values.rabbitmq.external.secret.name }}{{ else }}{{ dig "rabbitmq-credentials" "rabbitmq-credentials" .Values.secrets.names }}{{ end }}
{{- end }}

{{- define "castiel.rabbitmq.secretKey" -}}
{{ if eq .Values.rabbitmq.topology "external" }}{{ .Values.rabbitmq.external.secret.key }}{{ else }}password{{ end }}
{{- end }}

{{- define "castiel.rabbitmq.config" -}}
listeners.tcp.default = 5672
vm_memory_high_watermark.relative = {{ printf "%.2f" (divf .Values.rabbitmq.memoryWatermarkPercent 100) }}
disk_free_limit.absolute = {{ .Values.rabbitmq.diskFreeLimit }}
default_user_tags.administrator = false
{{- if not .Values.rabbitmq.developerAccess.enabled }}
management.tcp.ip = 127.0.0.1
{{- end }}
prometheus.tcp.ip = 127.0.0.1
{{- range $key, $value := .Values.rabbitmq.config }}
{{ $key }} = {{ $value }}
{{- end }}
{{- end }}

{{- define "castiel.redis.secretName" -}}
{{ if and (eq .Values.redis.topology "external") .Values.redis.external.secret.name }}{{ .Values.redis.external.secret.name }}{{ else }}{{ dig "redis-credentials" "redis-credentials" .Values.secrets.names }}{{ end }}
{{- end }}

{{- define "castiel.redis.secretKey" -}}
{{ if eq .Values.redis.topology "external" }}{{ .Values.redis.external.secret.key }}{{ else }}password{{ end }}
{{- end }}

{{- define "castiel.redis.config" -}}
port 6379
dir /data
appendonly yes
appendfsync everysec
maxmemory-policy {{ .Values.redis.evictionPolicy }}
{{- range $key, $value := .Values.redis.config }}
{{ $key }} {{ $value }}
{{- end }}
{{- end }}

{{- define "castiel.metadata" -}}
name: {{ .name | quote }}
namespace: {{ .root.Values.namespace.name | quote }}
labels:
  {{- range $key, $value := omit .root.Values.commonLabels "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/component" "app.kubernetes.io/part-of" "app.kubernetes.io/managed-by" }}
  {{ $key | quote }}: {{ $value | quote }}
  {{- end }}
  app.kubernetes.io/name: {{ .name | quote }}
  app.kubernetes.io/instance: castiel
  {{- with .version | trunc 63 | trimAll "_.-" }}
  app.kubernetes.io/version: {{ . | quote }}
  {{- end }}
  app.kubernetes.io/component: {{ .component | quote }}
  app.kubernetes.io/part-of: castiel
  app.kubernetes.io/managed-by: {{ .root.Release.Service | quote }}
annotations:
  {{- range $key, $value := omit .root.Values.commonAnnotations "argocd.argoproj.io/sync-wave" }}
  {{ $key | quote }}: {{ $value | quote }}
  {{- end }}
  argocd.argoproj.io/sync-wave: {{ .wave | quote }}
{{- end }}

{{- define "castiel.gate" -}}
name: "wait-for-{{ .tier }}"
image: {{ include "castiel.image" (dict "root" .root "image" .root.Values.startup.image "name" "") | quote }}
imagePullPolicy: {{ .root.Values.images.pullPolicy | quote }}
command:
  - sh
  - /startup-gate/wait.sh
args:
  {{- range $value := .needs }}
  - {{ $value | quote }}
  {{- end }}
  {{- if and .whole (eq .root.Values.startup.order "tiers") }}
  - --tier
  - {{ .tier | quote }}
  {{- end }}
  {{- if .behind }}
  - --gates-behind
  - {{ .behind | quote }}
  {{- end }}
{{- with include "castiel.resources" (dict "root" .root "resources" .root.Values.startup.resources) }}
resources:
  {{- . | trim | nindent 2 }}
{{- end }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop:
      - ALL
volumeMounts:
  - name: startup-gate
    mountPath: /startup-gate
    readOnly: true
{{- end }}

{{- define "castiel.postgres.passwordVariable" -}}
name: DB_PASSWORD
valueFrom:
  secretKeyRef:
    name: {{ include "castiel.postgres.secretName" . | quote }}
    key: {{ include "castiel.postgres.secretKey" . | quote }}
{{- end }}

{{- define "castiel.rabbitmq.passwordVariable" -}}
name: RABBITMQ_PASSWORD
valueFrom:
  secretKeyRef:
    name: {{ include "castiel.rabbitmq.secretName" . | quote }}
    key: {{ include "castiel.rabbitmq.secretKey" . | quote }}
{{- end }}

{{- define "castiel.postgres.url" -}}
postgresql://{{ urlquery .root.Values.postgres.user | replace "+" "%20" }}:$(DB_PASSWORD)@{{ if eq .root.Values.postgres.topology "external" }}{{ .root.Values.postgres.external.host }}:{{ .root.Values.postgres.external.port }}{{ else }}postgres:5432{{ end }}/{{ urlquery .root.Values.postgres.database | replace "+" "%20" }}{{ if .root.Values.postgres.urlOptions }}?{{ replace "${poolSize}" (int64 .poolSize | toString) .root.Values.postgres.urlOptions }}{{ end }}
{{- end }}

{{- define "castiel.postgres.urlVariable" -}}
name: DATABASE_URL
{{- if and (eq .root.Values.postgres.topology "external") .root.Values.postgres.external.secret.urlKey }}
valueFrom:
  secretKeyRef:
    name: {{ include "castiel.postgres.secretName" .root | quote }}
    key: {{ .root.Values.postgres.external.secret.urlKey | quote }}
{{- end }}
{{- if not (and (eq .root.Values.postgres.topology "external") .root.Values.postgres.external.secret.urlKey) }}
value: {{ .url | quote }}
{{- end }}
{{- end }}

{{- define "castiel.rabbitmq.url" -}}
amqp{{ if and (eq .Values.rabbitmq.topology "external") .Values.rabbitmq.external.tls }}s{{ end }}://{{ urlquery .Values.rabbitmq.user | replace "+" "%20" }}:$(RABBITMQ_PASSWORD)@{{ if eq .Values.rabbitmq.topology "external" }}{{ .Values.rabbitmq.external.host }}:{{ .Values.rabbitmq.external.port }}{{ else }}rabbitmq:5672{{ end }}{{ if eq .Values.rabbitmq.vhost "/" }}{{ else }}/{{ urlquery .Values.rabbitmq.vhost | replace "+" "%20" }}{{ end }}
{{- end }}

{{- define "castiel.rabbitmq.urlVariable" -}}
name: RABBITMQ_URL
{{- if and (eq .root.Values.rabbitmq.topology "external") .root.Values.rabbitmq.external.secret.urlKey }}
valueFrom:
  secretKeyRef:
    name: {{ include "castiel.rabbitmq.secretName" .root | quote }}
    key: {{ .root.Values.rabbitmq.external.secret.urlKey | quote }}
{{- end }}
{{- if not (and (eq .root.Values.rabbitmq.topology "external") .root.Values.rabbitmq.external.secret.urlKey) }}
value: {{ .url | quote }}
{{- end }}
{{- end }}

{{- define "castiel.probe" -}}
httpGet:
  path: {{ .path | quote }}
  port: http
periodSeconds: {{ .probe.periodSeconds }}
timeoutSeconds: {{ .probe.timeoutSeconds }}
failureThreshold: {{ .probe.failureThreshold }}
{{- end }}

{{- define "castiel.autoscaler" -}}
scaleTargetRef:
  apiVersion: apps/v1
  kind: Deployment
  name: {{ .name | quote }}
minReplicas: {{ .scaling.minReplicas }}
maxReplicas: {{ .scaling.maxReplicas }}
metrics:
  - type: Resource
    resource:
      name: cpu
      target:
        type: Utilization
        averageUtilization: {{ .scaling.targetCpuPercent }}
  - type: Resource
    resource:
      name: memory
      target:
        type: Utilization
        averageUtilization: {{ .scaling.targetMemoryPercent }}
behavior:
  scaleUp:
    stabilizationWindowSeconds: {{ .scaling.scaleUpWindowSeconds }}
    selectPolicy: Max
    policies:
      - type: Percent
        value: 100
        periodSeconds: 60
      - type: Pods
        value: 2
        periodSeconds: 60
  scaleDown:
    stabilizationWindowSeconds: {{ .scaling.scaleDownWindowSeconds }}
    selectPolicy: Min
    policies:
      - type: Percent
        value: 50
        periodSeconds: 60
      - type: Pods
        value: 1
        periodSeconds: 60
{{- end }}

{{- define "castiel.egressTo.postgres" -}}
{{- if eq .Values.postgres.topology "external" }}
to:
  {{- range $value := .Values.postgres.external.cidrs }}
  - ipBlock:
      cidr: {{ $value | quote }}
  {{- end }}
ports:
  - protocol: TCP
    port: {{ .Values.postgres.external.port }}
{{- else }}
to:
  - podSelector:
      matchLabels:
        app.kubernetes.io/name: postgres
ports:
  - protocol: TCP
    port: 5432
{{- end }}
{{- end }}

{{- define "castiel.egressTo.rabbitmq" -}}
{{- if eq .Values.rabbitmq.topology "external" }}
to:
  {{- range $value := .Values.rabbitmq.external.cidrs }}
  - ipBlock:
      cidr: {{ $value | quote }}
  {{- end }}
ports:
  - protocol: TCP
    port: {{ .Values.rabbitmq.external.port }}
{{- else }}
to:
  - podSelector:
      matchLabels:
        app.kubernetes.io/name: rabbitmq
ports:
  - protocol: TCP
    port: 5672
{{- end }}
{{- end }}

{{- define "castiel.egressToOutside.model-apis" -}}
to:
  {{- if index .Values.networkPolicy.externalCidrs "model-apis" }}
  {{- range $value := index .Values.networkPolicy.externalCidrs "model-apis" }}
  - ipBlock:
      cidr: {{ $value | quote }}
  {{- end }}
  {{- else }}
  - ipBlock:
      cidr: 0.0.0.0/0
      {{- with .Values.networkPolicy.internalRanges.ipv4 }}
      except:
        {{- include "castiel.yaml" . | trim | nindent 8 }}
      {{- end }}
  - ipBlock:
      cidr: "::/0"
      {{- with .Values.networkPolicy.internalRanges.ipv6 }}
      except:
        {{- include "castiel.yaml" . | trim | nindent 8 }}
      {{- end }}
  {{- end }}
ports:
  - protocol: TCP
    port: 443
{{- end }}

{{- define "castiel.redis.passwordVariable" -}}
name: REDIS_PASSWORD
valueFrom:
  secretKeyRef:
    name: {{ include "castiel.redis.secretName" . | quote }}
    key: {{ include "castiel.redis.secretKey" . | quote }}
{{- end }}

{{- define "castiel.redis.url" -}}
redis{{ if and (eq .Values.redis.topology "external") .Values.redis.external.tls }}s{{ end }}://{{ if .Values.redis.auth }}:$(REDIS_PASSWORD)@{{ end }}{{ if eq .Values.redis.topology "external" }}{{ .Values.redis.external.host }}:{{ .Values.redis.external.port }}{{ else }}redis:6379{{ end }}
{{- end }}

{{- define "castiel.redis.urlVariable" -}}
name: REDIS_URL
{{- if and (eq .root.Values.redis.topology "external") .root.Values.redis.external.secret.urlKey }}
valueFrom:
  secretKeyRef:
    name: {{ include "castiel.redis.secretName" .root | quote }}
    key: {{ .root.Values.redis.external.secret.urlKey | quote }}
{{- end }}
{{- if not (and (eq .root.Values.redis.topology "external") .root.Values.redis.external.secret.urlKey) }}
value: {{ .url | quote }}
{{- end }}
{{- end }}

{{- define "castiel.publicUrl" -}}
{{ if .Values.public.tls }}https{{ else }}http{{ end }}://{{ .Values.public.host }}
{{- end }}

{{- define "castiel.egressTo.redis" -}}
{{- if eq .Values.redis.topology "external" }}
to:
  {{- range $value := .Values.redis.external.cidrs }}
  - ipBlock:
      cidr: {{ $value | quote }}
  {{- end }}
ports:
  - protocol: TCP
    port: {{ .Values.redis.external.port }}
{{- else }}
to:
  - podSelector:
      matchLabels:
        app.kubernetes.io/name: redis
ports:
  - protocol: TCP
    port: 6379
{{- end }}
{{- end }}

{{- define "castiel.egressToOutside.google-sign-in" -}}
to:
  {{- if index .Values.networkPolicy.externalCidrs "google-sign-in" }}
  {{- range $value := index .Values.networkPolicy.externalCidrs "google-sign-in" }}
  - ipBlock:
      cidr: {{ $value | quote }}
  {{- end }}
  {{- else }}
  - ipBlock:
      cidr: 0.0.0.0/0
      {{- with .Values.networkPolicy.internalRanges.ipv4 }}
      except:
        {{- include "castiel.yaml" . | trim | nindent 8 }}
      {{- end }}
  - ipBlock:
      cidr: "::/0"
      {{- with .Values.networkPolicy.internalRanges.ipv6 }}
      except:
        {{- include "castiel.yaml" . | trim | nindent 8 }}
      {{- end }}
  {{- end }}
ports:
  - protocol: TCP
    port: 443
{{- end }}

{{- define "castiel.servicesAfter.foundation" -}}
prompt-management
embeddings
ai-service
planning
execution
mcp-server
knowledge-base
dashboard
calendar
messaging
logging
learning-development
collaboration
quality
resource-management
workflow
observability
api-gateway
{{- end }}

{{- define "castiel.checkService" -}}
{{- if and .service.autoscaling.enabled .service.autoscaling.external }}
{{- fail (printf "services.%v.autoscaling.external: autoscaling is enabled and external, so two autoscalers would own the number of pods; set one of the two to false" .name) }}
{{- end }}
{{- if and (or .service.autoscaling.enabled .service.autoscaling.external) (gt (int64 .service.autoscaling.minReplicas) (int64 .service.autoscaling.maxReplicas)) }}
{{- fail (printf "services.%v.autoscaling.minReplicas: minReplicas, %v, is more than maxReplicas, %v; lower the one, or raise the other" .name .service.autoscaling.minReplicas .service.autoscaling.maxReplicas) }}
{{- end }}
{{- if and .service.autoscaling.enabled (not (regexMatch "[1-9]" (toString (index .service.resources.requests "cpu")))) }}
{{- fail (printf "services.%v.resources.requests.cpu: requests.cpu is not set, but the autoscaler measures by it; set it, or switch autoscaling off" .name) }}
{{- end }}
{{- if and .service.autoscaling.enabled (not (regexMatch "[1-9]" (toString (index .service.resources.requests "memory")))) }}
{{- fail (printf "services.%v.resources.requests.memory: requests.memory is not set, but the autoscaler measures by it; set it, or switch autoscaling off" .name) }}
{{- end }}
{{- if and (eq (int64 .service.rollout.maxSurge) 0) (eq (int64 .service.rollout.maxUnavailable) 0) }}
{{- fail (printf "services.%v.rollout.maxUnavailable: a rollout with neither surge nor unavailable pods never begins; raise one of the two" .name) }}
{{- end }}
{{- if and (ne .service.service.type "ClusterIP") (not .public) }}
{{- fail (printf "services.%v.service.type: %v is not public, so it cannot be a %v; allowed: ClusterIP" .name .name .service.service.type) }}
{{- end }}
{{- if and (ne .service.service.type "ClusterIP") .public (not .root.Values.networkPolicy.edge.cidrs) }}
{{- fail (printf "services.%v.service.type: %v is a %v, but its policy lets no client reach it; name the clients in networkPolicy.edge.cidrs, such as 0.0.0.0/0 for everybody" .name .name .service.service.type) }}
{{- end }}
{{- if and (ne .service.service.type "ClusterIP") .public .root.Values.networkPolicy.edge.cidrs (eq .service.service.externalTrafficPolicy "Cluster") (not (regexMatch "(?m)/0+$|^[0:]*:[fF]{4}:[0:.]+/0*96$" (join "\n" .root.Values.networkPolicy.edge.cidrs))) }}
{{- fail (printf "services.%v.service.externalTrafficPolicy: with Cluster the policy sees a node in place of the client; use Local, or let everybody in with 0.0.0.0/0 in networkPolicy.edge.cidrs" .name) }}
{{- end }}
{{- if and .root.Values.defaults.image.digest (eq .service.image.digest .root.Values.defaults.image.digest) (not .root.Values.defaults.image.repository) (not .service.image.repository) }}
{{- fail (printf "services.%v.image.digest: each service has an image of its own, and a digest is that of one image; set it in services.NAME.image, or name the one image in defaults.image.repository" .name) }}
{{- end }}
{{- if and .root.Values.defaults.image.digest (eq .service.image.digest .root.Values.defaults.image.digest) (not (and (not .root.Values.defaults.image.repository) (not .service.image.repository))) (ne .service.image.repository .root.Values.defaults.image.repository) }}
{{- fail (printf "services.%v.image.repository: the digest of defaults.image is not that of %v's image; set services.%v.image.digest too" .name .name .name) }}
{{- end }}
{{- if and .root.Values.defaults.image.digest (eq .service.image.digest .root.Values.defaults.image.digest) (not (and (not .root.Values.defaults.image.repository) (not .service.image.repository))) (eq .service.image.repository .root.Values.defaults.image.repository) (ne .service.image.tag .root.Values.defaults.image.tag) }}
{{- fail (printf "services.%v.image.tag: the digest of defaults.image decides which image %v runs, not this tag; set services.%v.image.digest too" .name .name .name) }}
{{- end }}
{{- range $key := regexFindAll "(?m)^(?:app\\.kubernetes\\.io/name|app\\.kubernetes\\.io/instance|app\\.kubernetes\\.io/version|app\\.kubernetes\\.io/component|app\\.kubernetes\\.io/part\\-of|app\\.kubernetes\\.io/managed\\-by|castiel/tier|pod\\-security\\.kubernetes\\.io/enforce|pod\\-security\\.kubernetes\\.io/enforce\\-version|pod\\-security\\.kubernetes\\.io/audit|pod\\-security\\.kubernetes\\.io/audit\\-version|pod\\-security\\.kubernetes\\.io/warn|pod\\-security\\.kubernetes\\.io/warn\\-version|pod\\-template\\-hash|controller\\-revision\\-hash|statefulset\\.kubernetes\\.io/pod\\-name|apps\\.kubernetes\\.io/pod\\-index|controller\\-uid|job\\-name|batch\\.kubernetes\\.io/controller\\-uid|batch\\.kubernetes\\.io/job\\-name|service\\.kubernetes\\.io/service\\-proxy\\-name|service\\.kubernetes\\.io/headless|endpointslice\\.kubernetes\\.io/managed\\-by|argocd\\.argoproj\\.io/instance|helm\\.sh/chart|addonmanager\\.kubernetes\\.io/mode|kubernetes\\.io/.*|rbac\\.authorization\\.k8s\\.io/aggregate-to-.*)$" (keys .service.podLabels | sortAlpha | join "\n") -1 }}
{{- fail (printf "services.%v.podLabels: policies, selectors or controllers go by %v; choose another name" $.name $key) }}
{{- end }}
{{- range $key := include "castiel.dangling" (dict "known" .known "settings" (include "castiel.settingsOf" (dict "values" .service "own" .own) | fromJsonArray)) | fromJsonArray }}
{{- fail (printf "services.%v.%v: %v; refer to one that comes before it, or write $%v for the text itself" $.name $key.at (ternary (printf "%v refers to a variable that comes later" $key.reference) (printf "there is no variable for %v" $key.reference) (not (empty $key.later))) $key.reference) }}
{{- end }}
{{- if and .service.enabled (not (or .service.autoscaling.enabled .service.autoscaling.external (gt (int64 .service.replicas) 0))) (include "castiel.firstWithPods" (dict "needing" .needing "later" .later "waiting" (and (eq .root.Values.startup.order "tiers") (eq (int64 .root.Values.startup.tierPatience) 0)) "services" .root.Values.services)) }}
{{- fail (printf "services.%v.replicas: %v has no pods, but %v waits for it for ever; raise it, or set enabled: false for %v" .name .name (include "castiel.firstWithPods" (dict "needing" .needing "later" .later "waiting" (and (eq .root.Values.startup.order "tiers") (eq (int64 .root.Values.startup.tierPatience) 0)) "services" .root.Values.services)) (ternary (printf "%v and %v" .name (include "castiel.firstWithPods" (dict "needing" .needing "later" .later "waiting" (and (eq .root.Values.startup.order "tiers") (eq (int64 .root.Values.startup.tierPatience) 0)) "services" .root.Values.services))) .name (and (has (include "castiel.firstWithPods" (dict "needing" .needing "later" .later "waiting" (and (eq .root.Values.startup.order "tiers") (eq (int64 .root.Values.startup.tierPatience) 0)) "services" .root.Values.services)) .needing) (not .optional)))) }}
{{- end }}
{{- end }}

{{- define "castiel.servicesAfter.ai" -}}
planning
execution
mcp-server
knowledge-base
dashboard
calendar
messaging
logging
learning-development
collaboration
quality
resource-management
workflow
observability
api-gateway
{{- end }}

{{- define "castiel.servicesAfter.planning" -}}
dashboard
calendar
messaging
logging
learning-development
collaboration
quality
resource-management
workflow
observability
api-gateway
{{- end }}

{{- define "castiel.servicesAfter.productivity" -}}
api-gateway
{{- end }}
