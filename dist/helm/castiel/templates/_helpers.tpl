{{- /* Made by tierwright as helm/castiel/templates/_helpers.tpl; changes to this file are lost when it is made again. */ -}}
{{/*
Completes .Values.services, once for all templates: the defaults of every service, with what differs laid over them. Maps merge,
everything else replaces; null means the default.
*/}}
{{- define "castiel.values" -}}
{{- if not .Values.whole }}
{{- if contains ":null" (toJson .Values) }}
{{- include "castiel.withoutNull" .Values }}
{{- end }}
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
Three maps as one, the second as YAML; of two that name the same key, the later counts. Where no key comes twice, nothing is read.
*/}}
{{- define "castiel.around" -}}
{{- $text := index . 1 }}
{{- $twice := not (not (first .)) }}
{{- range $key, $_ := last . }}
{{- $twice = or $twice (contains $key $text) }}
{{- end }}
{{- if $twice }}
{{- include "castiel.merged" (list (first .) (fromYaml $text) (last .)) }}
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
{{- define "castiel.yaml" -}}
{{- if not . }}
{{ toJson . }}
{{- else if kindIs "map" . }}
{{- range $key, $value := . }}
{{ quote $key }}:{{ include "castiel.value" $value }}
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

{{/* A text: lines as a block, where every reader gives them back, or in quotes. */}}
{{- define "castiel.text" -}}
{{- if and (contains "\n" .) (regexMatch "^[!-~]([ -~\n]*[!-~])?\n?$" .) (not (contains " \n" .)) }}
{{- hasSuffix "\n" . | ternary "|" "|-" }}
{{- trimSuffix "\n" . | nindent 2 }}
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

{{/* The keys of a map that are not in a list. */}}
{{- define "castiel.otherKeys" -}}
{{- $others := list }}
{{- range $key, $_ := .of }}
{{- if not (has $key $.names) }}
{{- $others = append $others $key }}
{{- end }}
{{- end }}
{{- toJson $others }}
{{- end }}

{{/* What the values of a service say that may refer to variables: name, text and path, in the order of its containers. */}}
{{- define "castiel.settingsOf" -}}
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

{{/* Names as a sentence has them: a, b and c. */}}
{{- define "castiel.enumerated" -}}
{{- $rest := sub (len .names) 5 | int }}
{{- $listed := .names }}
{{- if gt $rest 1 }}
{{- $listed = append (slice .names 0 5) (printf "%d more" $rest) }}
{{- end }}
{{- if gt (len $listed) 1 }}
{{- printf "%s and " (initial $listed | join ", ") }}
{{- end }}
{{- last $listed }}
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

{{/* Variables, volumes or mounts that are added to a pod, and whether it has them already. */}}
{{- define "castiel.additions" -}}
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

{{/* The objects of API groups of Kubernetes that have no such kind in any version that this chart supports. */}}
{{- define "castiel.unserved" -}}
{{- $unserved := list }}
{{- $served := include "castiel.served" . | fromJson }}
{{- range $index, $object := .objects }}
{{- $versions := index $served.kinds $object.kind | default list }}
{{- $known := or (hasKey $object "items") (has $object.apiVersion $versions) }}
{{- if and (not $known) (has (include "castiel.group" $object) $served.groups) }}
{{- $key := "kind" }}
{{- $others := list }}
{{- $remedy := "" }}
{{- if $versions }}
{{- $key = "apiVersion" }}
{{- $remedy = printf "allowed: %s" (join ", " $versions) }}
{{- else }}
{{- range $kind, $of := $served.kinds }}
{{- if eq (lower $kind) (lower $object.kind) }}
{{- $remedy = printf "write %s, of %s" $kind (join " or " $of) }}
{{- else if has $object.apiVersion $of }}
{{- $others = append $others $kind }}
{{- end }}
{{- end }}
{{- end }}
{{- $remedy = $remedy | default (printf "allowed: %s" (join ", " $others | default "any kind that it has")) }}
{{- $path := printf "[%d].%s" $index $key }}
{{- $unserved = append $unserved (dict "path" $path "kind" $object.kind "apiVersion" $object.apiVersion "remedy" $remedy) }}
{{- end }}
{{- end }}
{{- toJson $unserved }}
{{- end }}

{{/* The user's objects, and who has one of the same group, kind, namespace and name. */}}
{{- define "castiel.objects" -}}
{{- include "castiel.place" .top }}
{{- $owners := dict }}
{{- range .owned }}
{{- $namespace := hasPrefix "*" . | ternary $.top.Values.namespace.name "" }}
{{- $_ := set $owners (printf "%s%s" $namespace (trimPrefix "*" .)) "the platform" }}
{{- end }}
{{- $objects := list }}
{{- range $index, $object := .top.Values.extraObjects }}
{{- $group := include "castiel.group" $object }}
{{- $identity := printf "%s/%s/%s/%s" ($object.metadata.namespace | default "") $group $object.kind $object.metadata.name }}
{{- $owner := index $owners $identity | default "" }}
{{- $entry := dict "path" (printf "[%d]" $index) "kind" $object.kind "name" $object.metadata.name "owner" $owner }}
{{- $objects = append $objects (set $entry "listed" (hasKey $object "items")) }}
{{- $_ := set $owners $identity ($owner | default (printf "extraObjects[%d]" $index)) }}
{{- end }}
{{- toJson $objects }}
{{- end }}

{{/* The user's autoscalers of workloads in the platform's namespace, with their bounds, and earlier ones of the same workload. */}}
{{- define "castiel.autoscalers" -}}
{{- include "castiel.place" .top }}
{{- $kinds := dict "autoscaling/HorizontalPodAutoscaler" (dict "least" (list "minReplicas" 1) "most" (list "maxReplicas" nil)) "keda.sh/ScaledObject" (dict "least" (list "minReplicaCount" 0) "most" (list "maxReplicaCount" 100)) }}
{{- $owners := dict }}
{{- $autoscalers := list }}
{{- range $index, $object := .top.Values.extraObjects }}
{{- $bounds := index $kinds (printf "%s/%s" (include "castiel.group" $object) $object.kind) }}
{{- if and $bounds (kindIs "map" $object.spec) (eq (toString $object.metadata.namespace) $.top.Values.namespace.name) }}
{{- with include "castiel.scaled" $object.spec }}
{{- $kind := regexFind "^[^/]*" . }}
{{- $name := trimPrefix (printf "%s/" $kind) . }}
{{- $owner := index $owners . | default "" }}
{{- $autoscaler := dict "path" (printf "[%d]" $index) "kind" $kind "name" $name "target" . "owner" $owner }}
{{- range $side, $bound := $bounds }}
{{- $given := index $object.spec (first $bound) }}
{{- if kindIs "invalid" $given }}
{{- $given = last $bound }}
{{- end }}
{{- $number := has (kindOf $given) (list "int" "int64" "float64") | ternary (toString (int64 $given)) "" }}
{{- $_ := set $autoscaler (printf "%sKey" $side) (first $bound) }}
{{- $_ := set $autoscaler $side $number }}
{{- $_ := set $autoscaler (printf "%sPods" $side) (max 1 (int64 $number)) }}
{{- end }}
{{- $autoscalers = append $autoscalers $autoscaler }}
{{- $_ := set $owners . ($owner | default (printf "extraObjects[%d]" $index)) }}
{{- end }}
{{- end }}
{{- end }}
{{- toJson $autoscalers }}
{{- end }}

{{/* Kind and name of what an autoscaler scales; nothing where it is none of Kubernetes' own workloads, or has no name. */}}
{{- define "castiel.scaled" -}}
{{- if kindIs "map" .scaleTargetRef }}
{{- with .scaleTargetRef }}
{{- $group := include "castiel.group" (dict "apiVersion" (toString (.apiVersion | default "apps/v1"))) }}
{{- if and (eq $group "apps") (kindIs "string" .name) .name }}
{{- printf "%s/%s" (toString (.kind | default "Deployment")) .name }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "castiel.labels" -}}
{{- with .root.Values.commonLabels }}
{{- range $key, $value := omit . "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/component" "app.kubernetes.io/part-of" "app.kubernetes.io/managed-by" }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
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

{{- define "castiel.objectMeta" }}
  name: {{ .object | quote }}
  namespace: {{ .root.Values.namespace.name | quote }}
  labels:
    {{- with .root.Values.commonLabels }}
    {{- range $key, $value := omit . "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/component" "app.kubernetes.io/part-of" "app.kubernetes.io/managed-by" }}
    {{ $key | quote }}: {{ $value | quote }}
    {{- end }}
    {{- end }}
    app.kubernetes.io/name: {{ .name | quote }}
    app.kubernetes.io/instance: castiel
    {{- with .version | trunc 63 | trimAll "_.-" }}
    app.kubernetes.io/version: {{ . | quote }}
    {{- end }}
    app.kubernetes.io/component: {{ .component | quote }}
    app.kubernetes.io/part-of: castiel
    app.kubernetes.io/managed-by: {{ .root.Release.Service | quote }}
  {{- with .root.Values.commonAnnotations }}
  annotations:
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

{{- define "castiel.externalSecret" }}
  refreshInterval: {{ .root.Values.secrets.store.refreshInterval | quote }}
  secretStoreRef:
    name: {{ .root.Values.secrets.store.name | quote }}
    kind: {{ .root.Values.secrets.store.kind | quote }}
  target:
    name: {{ .name | quote }}
    creationPolicy: Orphan
    deletionPolicy: Retain
    template:
      metadata:
        labels:
          {{- with .root.Values.commonLabels }}
          {{- range $key, $value := omit . "app.kubernetes.io/name" "app.kubernetes.io/component" "app.kubernetes.io/part-of" "app.kubernetes.io/managed-by" }}
          {{ $key | quote }}: {{ $value | quote }}
          {{- end }}
          {{- end }}
          app.kubernetes.io/name: {{ .name | quote }}
          app.kubernetes.io/component: secrets
          app.kubernetes.io/part-of: castiel
          app.kubernetes.io/managed-by: external-secrets
        annotations:
          argocd.argoproj.io/compare-options: IgnoreExtraneous
          argocd.argoproj.io/sync-options: Prune=false
{{- end }}

{{- define "castiel.generatedLabels" -}}
{{- with .Values.commonLabels }}
{{- range $key, $value := omit . "app.kubernetes.io/name" "app.kubernetes.io/component" "app.kubernetes.io/part-of" "app.kubernetes.io/managed-by" }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
app.kubernetes.io/name: secret-generator
app.kubernetes.io/component: secrets
app.kubernetes.io/part-of: castiel
app.kubernetes.io/managed-by: secret-generator
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

{{- define "castiel.egressToApiServer" }}
    - to:
        {{- if .Values.networkPolicy.apiServerCidrs }}
        {{- range $value := .Values.networkPolicy.apiServerCidrs }}
        - ipBlock:
            cidr: {{ $value | quote }}
        {{- end }}
        {{- else }}
        - ipBlock:
            cidr: 0.0.0.0/0
        - ipBlock:
            cidr: "::/0"
        {{- end }}
      ports:
        {{- range $value := .Values.networkPolicy.apiServerPorts }}
        - protocol: TCP
          port: {{ $value }}
        {{- end }}
{{- end }}

{{- define "castiel.egressToDns" }}
    - to:
        - namespaceSelector:
            matchLabels:
              kubernetes.io/metadata.name: {{ .Values.networkPolicy.dns.namespace | quote }}
          podSelector:
            matchLabels:
              {{- include "castiel.yaml" .Values.networkPolicy.dns.podLabels | trim | nindent 14 }}
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

{{- define "castiel.postgres.secretName" -}}
{{ if and (eq .Values.postgres.topology "external") .Values.postgres.external.secret.name }}{{ .Values.postgres.external.secret.name }}{{ else }}{{ dig "postgres-credentials" "postgres-credentials" .Values.secrets.names }}{{ end }}
{{- end }}

{{- define "castiel.postgres.secretKey" -}}
{{ if eq .Values.postgres.topology "external" }}{{ .Values.postgres.external.secret.key }}{{ else }}password{{ end }}
{{- end }}

{{- define "castiel.postgres.logins" }}
              {{- if (index .Values.services "notification-manager").enabled }}
              - secret:
                  name: {{ dig "postgres-login-notification-manager" "postgres-login-notification-manager" .Values.secrets.names | quote }}
                  items:
                    - key: password
                      path: notification-manager
              {{- end }}
              {{- if (index .Values.services "secret-management").enabled }}
              - secret:
                  name: {{ dig "postgres-login-secret-management" "postgres-login-secret-management" .Values.secrets.names | quote }}
                  items:
                    - key: password
                      path: secret-management
              {{- end }}
              {{- if (index .Values.services "usage-tracking").enabled }}
              - secret:
                  name: {{ dig "postgres-login-usage-tracking" "postgres-login-usage-tracking" .Values.secrets.names | quote }}
                  items:
                    - key: password
                      path: usage-tracking
              {{- end }}
              {{- if (index .Values.services "prompt-management").enabled }}
              - secret:
                  name: {{ dig "postgres-login-prompt-management" "postgres-login-prompt-management" .Values.secrets.names | quote }}
                  items:
                    - key: password
                      path: prompt-management
              {{- end }}
              {{- if .Values.services.embeddings.enabled }}
              - secret:
                  name: {{ dig "postgres-login-embeddings" "postgres-login-embeddings" .Values.secrets.names | quote }}
                  items:
                    - key: password
                      path: embeddings
              {{- end }}
              {{- if (index .Values.services "ai-service").enabled }}
              - secret:
                  name: {{ dig "postgres-login-ai-service" "postgres-login-ai-service" .Values.secrets.names | quote }}
                  items:
                    - key: password
                      path: ai-service
              {{- end }}
              {{- if .Values.services.planning.enabled }}
              - secret:
                  name: {{ dig "postgres-login-planning" "postgres-login-planning" .Values.secrets.names | quote }}
                  items:
                    - key: password
                      path: planning
              {{- end }}
              {{- if .Values.services.execution.enabled }}
              - secret:
                  name: {{ dig "postgres-login-execution" "postgres-login-execution" .Values.secrets.names | quote }}
                  items:
                    - key: password
                      path: execution
              {{- end }}
              {{- if (index .Values.services "mcp-server").enabled }}
              - secret:
                  name: {{ dig "postgres-login-mcp-server" "postgres-login-mcp-server" .Values.secrets.names | quote }}
                  items:
                    - key: password
                      path: mcp-server
              {{- end }}
              {{- if (index .Values.services "knowledge-base").enabled }}
              - secret:
                  name: {{ dig "postgres-login-knowledge-base" "postgres-login-knowledge-base" .Values.secrets.names | quote }}
                  items:
                    - key: password
                      path: knowledge-base
              {{- end }}
              {{- if .Values.services.dashboard.enabled }}
              - secret:
                  name: {{ dig "postgres-login-dashboard" "postgres-login-dashboard" .Values.secrets.names | quote }}
                  items:
                    - key: password
                      path: dashboard
              {{- end }}
              {{- if .Values.services.calendar.enabled }}
              - secret:
                  name: {{ dig "postgres-login-calendar" "postgres-login-calendar" .Values.secrets.names | quote }}
                  items:
                    - key: password
                      path: calendar
              {{- end }}
              {{- if .Values.services.messaging.enabled }}
              - secret:
                  name: {{ dig "postgres-login-messaging" "postgres-login-messaging" .Values.secrets.names | quote }}
                  items:
                    - key: password
                      path: messaging
              {{- end }}
              {{- if .Values.services.logging.enabled }}
              - secret:
                  name: {{ dig "postgres-login-logging" "postgres-login-logging" .Values.secrets.names | quote }}
                  items:
                    - key: password
                      path: logging
              {{- end }}
              {{- if (index .Values.services "learning-development").enabled }}
              - secret:
                  name: {{ dig "postgres-login-learning-development" "postgres-login-learning-development" .Values.secrets.names | quote }}
                  items:
                    - key: password
                      path: learning-development
              {{- end }}
              {{- if .Values.services.collaboration.enabled }}
              - secret:
                  name: {{ dig "postgres-login-collaboration" "postgres-login-collaboration" .Values.secrets.names | quote }}
                  items:
                    - key: password
                      path: collaboration
              {{- end }}
              {{- if .Values.services.quality.enabled }}
              - secret:
                  name: {{ dig "postgres-login-quality" "postgres-login-quality" .Values.secrets.names | quote }}
                  items:
                    - key: password
                      path: quality
              {{- end }}
              {{- if (index .Values.services "resource-management").enabled }}
              - secret:
                  name: {{ dig "postgres-login-resource-management" "postgres-login-resource-management" .Values.secrets.names | quote }}
                  items:
                    - key: password
                      path: resource-management
              {{- end }}
              {{- if .Values.services.workflow.enabled }}
              - secret:
                  name: {{ dig "postgres-login-workflow" "postgres-login-workflow" .Values.secrets.names | quote }}
                  items:
                    - key: password
                      path: workflow
              {{- end }}
              {{- if .Values.services.observability.enabled }}
              - secret:
                  name: {{ dig "postgres-login-observability" "postgres-login-observability" .Values.secrets.names | quote }}
                  items:
                    - key: password
                      path: observability
              {{- end }}
              {{- if (index .Values.services "api-gateway").enabled }}
              - secret:
                  name: {{ dig "postgres-login-api-gateway" "postgres-login-api-gateway" .Values.secrets.names | quote }}
                  items:
                    - key: password
                      path: api-gateway
              {{- end }}
{{- end }}

{{- define "castiel.postgres.config" -}}
{{- if eq .Values.postgres.topology "replicated" }}
ttl: 20
loop_wait: 5
retry_timeout: 7
failsafe_mode: true
primary_start_timeout: 0
synchronous_mode: true
synchronous_mode_strict: {{ if .Values.postgres.replication.strict }}true{{ else }}false{{ end }}
postgresql:
  use_pg_rewind: true
{{- if and .Values.postgres.backup.enabled (eq .Values.postgres.backup.method "pgbackrest") }}
  recovery_conf:
    restore_command: timeout 20 sh /etc/backup/pgbackrest-get.sh %f %p
{{- end }}
  parameters:
    max_connections: {{ .Values.postgres.maxConnections }}
    wal_log_hints: 'on'
    wal_keep_size: {{ trimSuffix "i" .Values.postgres.replication.walKeepSize }}B
    max_slot_wal_keep_size: {{ trimSuffix "i" .Values.postgres.replication.maxSlotWalKeepSize }}B
{{- if and .Values.postgres.backup.enabled (eq .Values.postgres.backup.method "pgbackrest") }}
    archive_mode: 'on'
    archive_timeout: '{{ .Values.postgres.backup.archiveTimeoutSeconds }}s'
    archive_command: 'sh /etc/backup/pgbackrest-push.sh %p'
{{- end }}
{{- range $key, $value := .Values.postgres.config }}
    {{ $key }}: '{{ $value }}'
{{- end }}
{{- else }}
{{- range $key, $value := .Values.postgres.config }}
{{ $key }}={{ $value }}
{{- end }}
{{- end }}
{{- end }}

{{- define "castiel.labelsOfTemplate" -}}
{{- with .root.Values.commonLabels }}
{{- range $key, $value := omit . "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/component" "app.kubernetes.io/part-of" }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
app.kubernetes.io/name: {{ .name | quote }}
app.kubernetes.io/instance: castiel
{{- with .version | trunc 63 | trimAll "_.-" }}
app.kubernetes.io/version: {{ . | quote }}
{{- end }}
app.kubernetes.io/component: {{ .component | quote }}
app.kubernetes.io/part-of: castiel
{{- end }}

{{- define "castiel.templateOfJob.postgres-restore" -}}
metadata:
  labels:
    {{- include "castiel.labelsOfTemplate" (dict "root" . "name" "postgres-restore" "component" "backup" "version" .Values.postgres.image.tag) | trim | nindent 4 }}
  {{- with .Values.postgres.podAnnotations }}
  annotations:
    {{- range $key, $value := . }}
    {{ $key | quote }}: {{ $value | quote }}
    {{- end }}
  {{- end }}
spec:
  serviceAccountName: postgres-restore
  automountServiceAccountToken: false
  enableServiceLinks: false
  securityContext:
    runAsNonRoot: true
    {{- if not (kindIs "invalid" .Values.postgres.security.user) }}
    runAsUser: {{ .Values.postgres.security.user | int64 }}
    {{- end }}
    {{- if not (kindIs "invalid" .Values.postgres.security.group) }}
    runAsGroup: {{ .Values.postgres.security.group | int64 }}
    {{- end }}
    {{- if not (kindIs "invalid" .Values.postgres.security.group) }}
    fsGroup: {{ .Values.postgres.security.group | int64 }}
    {{- end }}
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile:
      type: RuntimeDefault
  restartPolicy: Never
  {{- if .Values.images.pullSecrets }}
  imagePullSecrets:
    {{- range $value := .Values.images.pullSecrets }}
    - name: {{ $value | quote }}
    {{- end }}
  {{- end }}
  {{- with .Values.postgres.placement.priorityClass }}
  priorityClassName: {{ . | quote }}
  {{- end }}
  {{- with .Values.postgres.placement.nodeSelector }}
  nodeSelector:
    {{- range $key, $value := . }}
    {{ $key | quote }}: {{ $value | quote }}
    {{- end }}
  {{- end }}
  {{- with .Values.postgres.placement.tolerations }}
  tolerations:
    {{- include "castiel.yaml" . | trim | nindent 4 }}
  {{- end }}
  {{- with .Values.postgres.placement.affinity }}
  affinity:
    {{- include "castiel.yaml" . | trim | nindent 4 }}
  {{- end }}
  containers:
    - name: postgres-restore
      image: {{ include "castiel.image" (dict "root" . "image" .Values.postgres.image "name" "") | quote }}
      imagePullPolicy: {{ .Values.images.pullPolicy | quote }}
      command:
        - sh
        - -ec
        - |
          exec 9>> /var/lib/postgresql/data/.lock
          trap 'exit 143' INT TERM
          flock -n 9 || echo "another server still has the data: waiting for /var/lib/postgresql/data/.lock"
          until flock -n 9; do sleep 1; done
          trap - INT TERM
          exec sh /etc/backup/restore.sh
      env:
        - name: PGDATA
          value: /var/lib/postgresql/data/pgdata
        - name: TARGET
          value: {{ .Values.postgres.backup.restore.to | quote }}
        - name: POSTGRES_PASSWORD
          valueFrom:
            secretKeyRef:
              name: {{ dig "postgres-administrator" "postgres-administrator" .Values.secrets.names | quote }}
              key: password
        - name: SERVICES_USER
          value: {{ .Values.postgres.user | quote }}
        - name: SERVICES_PASSWORD
          valueFrom:
            secretKeyRef:
              name: {{ include "castiel.postgres.secretName" . | quote }}
              key: {{ include "castiel.postgres.secretKey" . | quote }}
        {{- if eq .Values.postgres.topology "replicated" }}
        - name: PATRONI_SCOPE
          value: postgres-patroni
        - name: FIRST_MEMBER
          value: postgres-0
        {{- end }}
        {{- if eq .Values.postgres.backup.method "pgbackrest" }}
        - name: DATA_SERVICE
          value: postgres
        - name: PGBACKREST_CONFIG
          value: /etc/backup/pgbackrest.conf
        {{- if eq .Values.postgres.topology "replicated" }}
        - name: PATRONI
          value: "{{ if .Values.postgres.tls.enabled }}https{{ else }}http{{ end }}://127.0.0.1:8008"
        {{- end }}
        {{- if .Values.postgres.backup.repository.s3.bucket }}
        - name: PGBACKREST_REPO1_S3_KEY
          valueFrom:
            secretKeyRef:
              name: {{ .Values.postgres.backup.repository.s3.secret.name | quote }}
              key: {{ .Values.postgres.backup.repository.s3.secret.idKey | quote }}
        - name: PGBACKREST_REPO1_S3_KEY_SECRET
          valueFrom:
            secretKeyRef:
              name: {{ .Values.postgres.backup.repository.s3.secret.name | quote }}
              key: {{ .Values.postgres.backup.repository.s3.secret.secretKey | quote }}
        {{- end }}
        {{- if .Values.postgres.backup.repository.passphrase.name }}
        - name: PGBACKREST_REPO1_CIPHER_PASS
          valueFrom:
            secretKeyRef:
              name: {{ .Values.postgres.backup.repository.passphrase.name | quote }}
              key: {{ .Values.postgres.backup.repository.passphrase.key | quote }}
        {{- end }}
        {{- end }}
      {{- with include "castiel.resources" (dict "root" . "resources" .Values.postgres.backup.resources) }}
      resources:
        {{- . | trim | nindent 8 }}
      {{- end }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop:
            - ALL
      volumeMounts:
        {{- if eq .Values.postgres.backup.method "pgbackrest" }}
        {{- if .Values.postgres.backup.repository.claim }}
        - name: repository
          mountPath: /repository
        {{- end }}
        {{- if and .Values.postgres.backup.repository.s3.bucket .Values.postgres.backup.repository.s3.ca.name }}
        - name: repository-ca
          mountPath: /etc/backup-ca
          readOnly: true
        {{- end }}
        {{- else }}
        - name: archive
          mountPath: /archive
        {{- end }}
        - name: tmp
          mountPath: /tmp
        - name: config
          mountPath: /etc/backup
          readOnly: true
        - name: data
          mountPath: /var/lib/postgresql/data
        {{- if ne .Values.postgres.topology "replicated" }}
        - name: server-config
          mountPath: /etc/postgres
          readOnly: true
        {{- else }}
        - name: identity
          mountPath: /var/run/secrets/kubernetes.io/serviceaccount
          readOnly: true
        {{- end }}
  volumes:
    {{- if eq .Values.postgres.backup.method "pgbackrest" }}
    {{- if .Values.postgres.backup.repository.claim }}
    - name: repository
      persistentVolumeClaim:
        claimName: {{ .Values.postgres.backup.repository.claim | quote }}
    {{- end }}
    {{- if and .Values.postgres.backup.repository.s3.bucket .Values.postgres.backup.repository.s3.ca.name }}
    - name: repository-ca
      secret:
        secretName: {{ .Values.postgres.backup.repository.s3.ca.name | quote }}
        items:
          - key: {{ .Values.postgres.backup.repository.s3.ca.key | quote }}
            path: ca.crt
    {{- end }}
    {{- else }}
    - name: archive
      persistentVolumeClaim:
        claimName: archive-postgres-archive-0
    {{- end }}
    - name: tmp
      emptyDir:
        sizeLimit: {{ .Values.postgres.scratch | quote }}
    - name: config
      configMap:
        name: "{{ if eq .Values.postgres.backup.method "pgbackrest" }}postgres-backup-config{{ else }}postgres-archive-config{{ end }}"
    - name: data
      persistentVolumeClaim:
        claimName: data-postgres-0
    {{- if ne .Values.postgres.topology "replicated" }}
    - name: server-config
      configMap:
        name: postgres-config
    {{- else }}
    - name: identity
      projected:
        sources:
          - serviceAccountToken:
              path: token
              expirationSeconds: 3600
          - configMap:
              name: kube-root-ca.crt
              items:
                - key: ca.crt
                  path: ca.crt
          - downwardAPI:
              items:
                - path: namespace
                  fieldRef:
                    apiVersion: v1
                    fieldPath: metadata.namespace
    {{- end }}
{{- end }}

{{- define "castiel.postgres-pooler.config" -}}
%include /tmp/databases.ini
[pgbouncer]
listen_addr = *
listen_port = 5432
unix_socket_dir =
auth_type = scram-sha-256
auth_file = /tmp/users
pool_mode = transaction
max_prepared_statements = 200
default_pool_size = {{ .Values.postgres.pooler.poolSize }}
max_user_connections = {{ add .Values.postgres.pooler.poolSize 1 }}
{{- if .Values.postgres.loginPerService }}
max_db_connections = {{ .Values.postgres.pooler.poolSize }}
{{- end }}
max_client_conn = {{ add .Values.postgres.pooler.maxClientConnections 1 }}
server_lifetime = 30
server_connect_timeout = 3
server_login_retry = 1
dns_max_ttl = 5
dns_nxdomain_ttl = 1
tcp_keepidle = 10
tcp_keepintvl = 5
tcp_keepcnt = 3
tcp_user_timeout = 15000
query_wait_timeout = 30
ignore_startup_parameters = extra_float_digits
server_tls_sslmode = {{ if or (and (ne .Values.postgres.topology "external") .Values.postgres.tls.enabled) (and (eq .Values.postgres.topology "external") (or .Values.postgres.tls.ca.configMap .Values.postgres.tls.ca.secret)) }}verify-full{{ else if or (and (eq .Values.postgres.topology "external") .Values.postgres.external.tls) (and (eq .Values.postgres.topology "single") .Values.postgres.tls.enabled) (and (eq .Values.postgres.topology "replicated") .Values.postgres.tls.enabled) (and (eq .Values.postgres.topology "cloudnative-pg") .Values.postgres.tls.enabled) }}require{{ else }}disable{{ end }}
{{- if or (and (ne .Values.postgres.topology "external") .Values.postgres.tls.enabled) (and (eq .Values.postgres.topology "external") (or .Values.postgres.tls.ca.configMap .Values.postgres.tls.ca.secret)) }}
server_tls_ca_file = /etc/postgres-ca/ca.crt
{{- end }}
log_connections = 0
log_disconnections = 0
log_stats = 0
{{- range $key, $value := .Values.postgres.pooler.config }}
{{ $key }} = {{ $value }}
{{- end }}
{{- end }}

{{- define "castiel.egressTo.postgres" }}
    {{- if eq .Values.postgres.topology "external" }}
    - to:
        {{- range $value := .Values.postgres.external.cidrs }}
        - ipBlock:
            cidr: {{ $value | quote }}
        {{- end }}
      ports:
        - protocol: TCP
          port: {{ .Values.postgres.external.port }}
    {{- else if eq .Values.postgres.topology "single" }}
    - to:
        - podSelector:
            matchLabels:
              app.kubernetes.io/name: postgres
      ports:
        - protocol: TCP
          port: 5432
    {{- else if eq .Values.postgres.topology "replicated" }}
    - to:
        - podSelector:
            matchLabels:
              app.kubernetes.io/name: postgres
      ports:
        - protocol: TCP
          port: 5432
    {{- else }}
    - to:
        - podSelector:
            matchLabels:
              cnpg.io/cluster: postgres
      ports:
        - protocol: TCP
          port: 5432
    {{- end }}
{{- end }}

{{- define "castiel.rabbitmq.secretName" -}}
{{ if and (eq .Values.rabbitmq.topology "external") .Values.rabbitmq.external.secret.name }}{{ .Values.rabbitmq.external.secret.name }}{{ else }}{{ dig "rabbitmq-credentials" "rabbitmq-credentials" .Values.secrets.names }}{{ end }}
{{- end }}

{{- define "castiel.rabbitmq.secretKey" -}}
{{ if eq .Values.rabbitmq.topology "external" }}{{ .Values.rabbitmq.external.secret.key }}{{ else }}password{{ end }}
{{- end }}

{{- define "castiel.rabbitmq.definitions" -}}
{{- with .Values.rabbitmq.definitions }}{{- include "castiel.yaml" . | trim | nindent 0 }}{{ end }}
{{- end }}

{{- define "castiel.rabbitmq.config" -}}
{{- if .Values.rabbitmq.tls.enabled }}
listeners.tcp = none
{{- else }}
listeners.tcp.default = 5672
{{- end }}
{{- if .Values.rabbitmq.tls.enabled }}
listeners.ssl.default = 5672
{{- end }}
{{- if .Values.rabbitmq.tls.enabled }}
ssl_options.certfile = /etc/rabbitmq-tls/tls.crt
{{- end }}
{{- if .Values.rabbitmq.tls.enabled }}
ssl_options.keyfile = /etc/rabbitmq-tls/tls.key
{{- end }}
{{- if .Values.rabbitmq.tls.enabled }}
ssl_options.cacertfile = /etc/rabbitmq-tls/ca.crt
{{- end }}
{{- if .Values.rabbitmq.tls.enabled }}
ssl_options.verify = verify_none
{{- end }}
{{- if .Values.rabbitmq.tls.enabled }}
ssl_options.fail_if_no_peer_cert = false
{{- end }}
{{- if .Values.rabbitmq.tls.enabled }}
ssl_options.versions.1 = tlsv1.3
{{- end }}
{{- if .Values.rabbitmq.tls.enabled }}
ssl_options.versions.2 = tlsv1.2
{{- end }}
vm_memory_high_watermark.relative = {{ printf "%.2f" (divf .Values.rabbitmq.memoryWatermarkPercent 100) }}
disk_free_limit.absolute = {{ .Values.rabbitmq.diskFreeLimit }}
default_user_tags.administrator = false
{{- if not .Values.rabbitmq.developerAccess.enabled }}
management.tcp.ip = 127.0.0.1
{{- end }}
{{- if not .Values.rabbitmq.metrics.namespaces }}
prometheus.tcp.ip = 127.0.0.1
{{- end }}
{{- if or (eq .Values.rabbitmq.topology "cluster") (eq .Values.rabbitmq.topology "operator") .Values.rabbitmq.users .Values.rabbitmq.definitions }}
load_definitions = /run/definitions
{{- end }}
{{- if .Values.rabbitmq.definitions }}
# definitions {{ include "castiel.rabbitmq.definitions" . | fromYaml | toJson | sha256sum | trunc 8 }}
{{- end }}
{{- if eq .Values.rabbitmq.topology "cluster" }}
cluster_formation.peer_discovery_backend = classic_config
cluster_formation.classic_config.nodes.1 = rabbit@rabbitmq-0.rabbitmq-nodes.{{ .Values.namespace.name }}.svc.{{ .Values.clusterDomain }}
{{- if gt (int64 .Values.rabbitmq.cluster.members) 1 }}
cluster_formation.classic_config.nodes.2 = rabbit@rabbitmq-1.rabbitmq-nodes.{{ .Values.namespace.name }}.svc.{{ .Values.clusterDomain }}
{{- end }}
{{- if gt (int64 .Values.rabbitmq.cluster.members) 2 }}
cluster_formation.classic_config.nodes.3 = rabbit@rabbitmq-2.rabbitmq-nodes.{{ .Values.namespace.name }}.svc.{{ .Values.clusterDomain }}
{{- end }}
{{- if gt (int64 .Values.rabbitmq.cluster.members) 3 }}
cluster_formation.classic_config.nodes.4 = rabbit@rabbitmq-3.rabbitmq-nodes.{{ .Values.namespace.name }}.svc.{{ .Values.clusterDomain }}
{{- end }}
{{- if gt (int64 .Values.rabbitmq.cluster.members) 4 }}
cluster_formation.classic_config.nodes.5 = rabbit@rabbitmq-4.rabbitmq-nodes.{{ .Values.namespace.name }}.svc.{{ .Values.clusterDomain }}
{{- end }}
{{- if gt (int64 .Values.rabbitmq.cluster.members) 5 }}
cluster_formation.classic_config.nodes.6 = rabbit@rabbitmq-5.rabbitmq-nodes.{{ .Values.namespace.name }}.svc.{{ .Values.clusterDomain }}
{{- end }}
{{- if gt (int64 .Values.rabbitmq.cluster.members) 6 }}
cluster_formation.classic_config.nodes.7 = rabbit@rabbitmq-6.rabbitmq-nodes.{{ .Values.namespace.name }}.svc.{{ .Values.clusterDomain }}
{{- end }}
cluster_partition_handling = pause_minority
{{- end }}
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

{{- define "castiel.templateOfJob.redis-restore-0" -}}
metadata:
  labels:
    {{- include "castiel.labelsOfTemplate" (dict "root" . "name" "redis-restore-0" "component" "backup" "version" .Values.redis.image.tag) | trim | nindent 4 }}
  {{- with .Values.redis.podAnnotations }}
  annotations:
    {{- range $key, $value := . }}
    {{ $key | quote }}: {{ $value | quote }}
    {{- end }}
  {{- end }}
spec:
  serviceAccountName: redis-restore-0
  automountServiceAccountToken: false
  enableServiceLinks: false
  securityContext:
    runAsNonRoot: true
    {{- if not (kindIs "invalid" .Values.redis.security.user) }}
    runAsUser: {{ .Values.redis.security.user | int64 }}
    {{- end }}
    {{- if not (kindIs "invalid" .Values.redis.security.group) }}
    runAsGroup: {{ .Values.redis.security.group | int64 }}
    {{- end }}
    {{- if not (kindIs "invalid" .Values.redis.security.group) }}
    fsGroup: {{ .Values.redis.security.group | int64 }}
    {{- end }}
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile:
      type: RuntimeDefault
  restartPolicy: Never
  {{- if .Values.images.pullSecrets }}
  imagePullSecrets:
    {{- range $value := .Values.images.pullSecrets }}
    - name: {{ $value | quote }}
    {{- end }}
  {{- end }}
  {{- with .Values.redis.placement.priorityClass }}
  priorityClassName: {{ . | quote }}
  {{- end }}
  {{- with .Values.redis.placement.nodeSelector }}
  nodeSelector:
    {{- range $key, $value := . }}
    {{ $key | quote }}: {{ $value | quote }}
    {{- end }}
  {{- end }}
  {{- with .Values.redis.placement.tolerations }}
  tolerations:
    {{- include "castiel.yaml" . | trim | nindent 4 }}
  {{- end }}
  {{- with .Values.redis.placement.affinity }}
  affinity:
    {{- include "castiel.yaml" . | trim | nindent 4 }}
  {{- end }}
  initContainers:
    - name: fetch
      image: {{ include "castiel.image" (dict "root" . "image" .Values.redis.backup.image "name" "") | quote }}
      imagePullPolicy: {{ .Values.images.pullPolicy | quote }}
      command:
        - sh
        - /etc/backup/fetch.sh
      env:
        - name: SNAPSHOT
          value: {{ .Values.redis.backup.restore.snapshot | quote }}
        - name: TARGET
          value: "place:{{ if and .Values.redis.backup.enabled .Values.redis.backup.repository.s3.bucket }}{{ .Values.redis.backup.repository.s3.bucket }}{{ else }}/repository{{ end }}{{ .Values.redis.backup.repository.path }}/redis"
        {{- if and .Values.redis.backup.enabled .Values.redis.backup.repository.s3.bucket }}
        - name: RCLONE_CONFIG_PLACE_TYPE
          value: s3
        - name: RCLONE_CONFIG_PLACE_PROVIDER
          value: Other
        - name: RCLONE_CONFIG_PLACE_ENDPOINT
          value: "https://{{ .Values.redis.backup.repository.s3.host }}:{{ .Values.redis.backup.repository.s3.port }}"
        - name: RCLONE_CONFIG_PLACE_REGION
          value: {{ .Values.redis.backup.repository.s3.region | quote }}
        - name: RCLONE_CONFIG_PLACE_FORCE_PATH_STYLE
          value: "{{ if eq .Values.redis.backup.repository.s3.uriStyle "path" }}true{{ else }}false{{ end }}"
        - name: RCLONE_CONFIG_PLACE_NO_CHECK_BUCKET
          value: "true"
        - name: RCLONE_CONFIG_PLACE_ACCESS_KEY_ID
          valueFrom:
            secretKeyRef:
              name: {{ .Values.redis.backup.repository.s3.secret.name | quote }}
              key: {{ .Values.redis.backup.repository.s3.secret.idKey | quote }}
        - name: RCLONE_CONFIG_PLACE_SECRET_ACCESS_KEY
          valueFrom:
            secretKeyRef:
              name: {{ .Values.redis.backup.repository.s3.secret.name | quote }}
              key: {{ .Values.redis.backup.repository.s3.secret.secretKey | quote }}
        {{- else }}
        - name: RCLONE_CONFIG_PLACE_TYPE
          value: local
        {{- end }}
        {{- if and .Values.redis.backup.enabled .Values.redis.backup.repository.s3.bucket .Values.redis.backup.repository.s3.ca.name }}
        - name: RCLONE_CA_CERT
          value: /etc/backup-ca/ca.crt
        {{- end }}
        {{- if and .Values.redis.backup.enabled .Values.redis.backup.repository.passphrase.name }}
        - name: PASSPHRASE
          valueFrom:
            secretKeyRef:
              name: {{ .Values.redis.backup.repository.passphrase.name | quote }}
              key: {{ .Values.redis.backup.repository.passphrase.key | quote }}
        {{- end }}
      {{- with include "castiel.resources" (dict "root" . "resources" .Values.redis.backup.resources) }}
      resources:
        {{- . | trim | nindent 8 }}
      {{- end }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop:
            - ALL
      volumeMounts:
        - name: tmp
          mountPath: /tmp
        - name: scripts
          mountPath: /etc/backup
          readOnly: true
        {{- if and .Values.redis.backup.enabled .Values.redis.backup.repository.claim }}
        - name: repository
          mountPath: /repository
        {{- end }}
        {{- if and .Values.redis.backup.enabled .Values.redis.backup.repository.s3.bucket .Values.redis.backup.repository.s3.ca.name }}
        - name: repository-ca
          mountPath: /etc/backup-ca
          readOnly: true
        {{- end }}
  containers:
    - name: put
      image: {{ include "castiel.image" (dict "root" . "image" .Values.redis.image "name" "") | quote }}
      imagePullPolicy: {{ .Values.images.pullPolicy | quote }}
      command:
        - sh
        - -ec
        - |
          exec 9>> /data/.lock
          trap 'exit 143' INT TERM
          flock -n 9 || echo "another server still has the data: waiting for /data/.lock"
          until flock -n 9; do sleep 1; done
          trap - INT TERM
          exec sh /etc/backup/put.sh
      env:
        - name: SNAPSHOT
          value: {{ .Values.redis.backup.restore.snapshot | quote }}
        - name: NUMBER
          value: "0"
        - name: TOPOLOGY
          value: {{ .Values.redis.topology | quote }}
      {{- with include "castiel.resources" (dict "root" . "resources" .Values.redis.backup.resources) }}
      resources:
        {{- . | trim | nindent 8 }}
      {{- end }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop:
            - ALL
      volumeMounts:
        - name: tmp
          mountPath: /tmp
        - name: scripts
          mountPath: /etc/backup
          readOnly: true
        - name: data
          mountPath: /data
  volumes:
    - name: tmp
      emptyDir:
        sizeLimit: {{ .Values.redis.backup.scratch | quote }}
    - name: scripts
      configMap:
        name: redis-backup-config
    {{- if and .Values.redis.backup.enabled .Values.redis.backup.repository.claim }}
    - name: repository
      persistentVolumeClaim:
        claimName: {{ .Values.redis.backup.repository.claim | quote }}
    {{- end }}
    {{- if and .Values.redis.backup.enabled .Values.redis.backup.repository.s3.bucket .Values.redis.backup.repository.s3.ca.name }}
    - name: repository-ca
      secret:
        secretName: {{ .Values.redis.backup.repository.s3.ca.name | quote }}
        items:
          - key: {{ .Values.redis.backup.repository.s3.ca.key | quote }}
            path: ca.crt
    {{- end }}
    - name: data
      persistentVolumeClaim:
        claimName: data-redis-0
{{- end }}

{{- define "castiel.metadata.account" }}
  name: {{ .name | quote }}
  namespace: {{ .root.Values.namespace.name | quote }}
  labels:
    {{- with .root.Values.commonLabels }}
    {{- range $key, $value := omit . "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/component" "app.kubernetes.io/part-of" "app.kubernetes.io/managed-by" }}
    {{ $key | quote }}: {{ $value | quote }}
    {{- end }}
    {{- end }}
    app.kubernetes.io/name: {{ .name | quote }}
    app.kubernetes.io/instance: castiel
    {{- with .version | trunc 63 | trimAll "_.-" }}
    app.kubernetes.io/version: {{ . | quote }}
    {{- end }}
    app.kubernetes.io/component: {{ .component | quote }}
    app.kubernetes.io/part-of: castiel
    app.kubernetes.io/managed-by: {{ .root.Release.Service | quote }}
  {{- if .service.serviceAccount.annotations }}
  annotations:
    {{- include "castiel.merged" (list .root.Values.commonAnnotations (dict "argocd.argoproj.io/sync-wave" .wave) .service.serviceAccount.annotations) | trim | nindent 4 }}
  {{- else }}
  annotations:
    {{- with .root.Values.commonAnnotations }}
    {{- range $key, $value := omit . "argocd.argoproj.io/sync-wave" }}
    {{ $key | quote }}: {{ $value | quote }}
    {{- end }}
    {{- end }}
    argocd.argoproj.io/sync-wave: {{ .wave | quote }}
  {{- end }}
{{- end }}

{{- define "castiel.deployment" }}
  {{- if not (or .service.autoscaling.enabled .service.autoscaling.external) }}
  replicas: {{ .service.replicas }}
  {{- end }}
  {{- if gt (int64 .service.rollout.minReadySeconds) 0 }}
  minReadySeconds: {{ .service.rollout.minReadySeconds }}
  {{- end }}
  revisionHistoryLimit: {{ .service.rollout.revisionHistory }}
  progressDeadlineSeconds: {{ .root.Values.startup.progressDeadlineSeconds }}
  selector:
    matchLabels:
      app.kubernetes.io/name: {{ .name | quote }}
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: {{ .service.rollout.maxSurge }}
      maxUnavailable: {{ .service.rollout.maxUnavailable }}
{{- end }}

{{- define "castiel.gate" }}
        - name: "wait-for-{{ .tier }}"
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
          {{- if or .root.Values.startup.resources.requests .root.Values.startup.resources.limits }}
          resources:
            {{- with .root.Values.startup.resources.requests }}
            requests:
              {{- range $key, $value := . }}
              {{ $key | quote }}: {{ $value | quote }}
              {{- end }}
            {{- end }}
            {{- with .root.Values.startup.resources.limits }}
            limits:
              {{- range $key, $value := . }}
              {{ $key | quote }}: {{ $value | quote }}
              {{- end }}
            {{- end }}
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

{{- define "castiel.pod.head" }}
      serviceAccountName: "{{ if .service.serviceAccount.name }}{{ .service.serviceAccount.name }}{{ else }}{{ .name }}{{ end }}"
      automountServiceAccountToken: {{ .service.serviceAccount.automountToken }}
      enableServiceLinks: false
      securityContext:
        runAsNonRoot: true
        {{- if not (kindIs "invalid" .service.security.user) }}
        runAsUser: {{ .service.security.user | int64 }}
        {{- end }}
        {{- if not (kindIs "invalid" .service.security.group) }}
        runAsGroup: {{ .service.security.group | int64 }}
        {{- end }}
        seccompProfile:
          type: RuntimeDefault
        {{- with .service.security.pod }}{{- include "castiel.yaml" . | trim | nindent 8 }}{{ end }}
      terminationGracePeriodSeconds: {{ add .service.shutdown.preStopSeconds .service.shutdown.drainSeconds 5 }}
      {{- if .root.Values.images.pullSecrets }}
      imagePullSecrets:
        {{- range $value := .root.Values.images.pullSecrets }}
        - name: {{ $value | quote }}
        {{- end }}
      {{- end }}
      {{- with .service.placement.priorityClass }}
      priorityClassName: {{ . | quote }}
      {{- end }}
      {{- with .service.placement.nodeSelector }}
      nodeSelector:
        {{- range $key, $value := . }}
        {{ $key | quote }}: {{ $value | quote }}
        {{- end }}
      {{- end }}
      {{- with .service.placement.tolerations }}
      tolerations:
        {{- include "castiel.yaml" . | trim | nindent 8 }}
      {{- end }}
      {{- with .service.placement.affinity }}
      affinity:
        {{- include "castiel.yaml" . | trim | nindent 8 }}
      {{- end }}
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: {{ .service.spread.nodes | quote }}
          labelSelector:
            matchLabels:
              app.kubernetes.io/name: {{ .name | quote }}
          matchLabelKeys:
            - pod-template-hash
          {{- if eq .service.spread.nodes "DoNotSchedule" }}
          nodeTaintsPolicy: Honor
          {{- end }}
        - maxSkew: 1
          topologyKey: topology.kubernetes.io/zone
          whenUnsatisfiable: {{ .service.spread.zones | quote }}
          labelSelector:
            matchLabels:
              app.kubernetes.io/name: {{ .name | quote }}
          matchLabelKeys:
            - pod-template-hash
          {{- if eq .service.spread.zones "DoNotSchedule" }}
          nodeTaintsPolicy: Honor
          {{- end }}
        {{- with .service.spread.constraints }}{{- include "castiel.yaml" . | trim | nindent 8 }}{{ end }}
{{- end }}

{{- define "castiel.container.command" }}
          imagePullPolicy: {{ .root.Values.images.pullPolicy | quote }}
          {{- with .service.command }}
          command:
            {{- include "castiel.yaml" . | trim | nindent 12 }}
          {{- end }}
          {{- with .service.args }}
          args:
            {{- include "castiel.yaml" . | trim | nindent 12 }}
          {{- end }}
{{- end }}

{{- define "castiel.postgres.passwordVariable" }}
            {{- if not (and (eq .root.Values.postgres.topology "external") .root.Values.postgres.external.secret.urlKey) }}
            - name: DB_PASSWORD
              valueFrom:
                secretKeyRef:
                  name: "{{ if .root.Values.postgres.loginPerService }}{{ .login }}{{ else }}{{ include "castiel.postgres.secretName" .root }}{{ end }}"
                  key: "{{ if .root.Values.postgres.loginPerService }}password{{ else }}{{ include "castiel.postgres.secretKey" .root }}{{ end }}"
            {{- end }}
{{- end }}

{{- define "castiel.rabbitmq.passwordVariable" }}
            {{- if not (and (eq .Values.rabbitmq.topology "external") .Values.rabbitmq.external.secret.urlKey) }}
            - name: RABBITMQ_PASSWORD
              valueFrom:
                secretKeyRef:
                  name: {{ include "castiel.rabbitmq.secretName" . | quote }}
                  key: {{ include "castiel.rabbitmq.secretKey" . | quote }}
            {{- end }}
{{- end }}

{{- define "castiel.postgres.url" -}}
postgresql://{{ if .root.Values.postgres.loginPerService }}{{ .login }}{{ else }}{{ urlquery .root.Values.postgres.user | replace "+" "%20" }}{{ end }}:$(DB_PASSWORD)@{{ if .root.Values.postgres.pooler.enabled }}postgres-pooler:5432{{ else if eq .root.Values.postgres.topology "external" }}{{ .root.Values.postgres.external.host }}:{{ .root.Values.postgres.external.port }}{{ else }}postgres:5432{{ end }}/{{ urlquery .root.Values.postgres.database | replace "+" "%20" }}{{ if .root.Values.postgres.pooler.enabled }}{{ if .root.Values.postgres.pooler.urlOptions }}?{{ replace "${poolSize}" (int64 .poolSize | toString) .root.Values.postgres.pooler.urlOptions }}{{ end }}{{ else if .root.Values.postgres.urlOptions }}?{{ replace "${poolSize}" (int64 .poolSize | toString) .root.Values.postgres.urlOptions }}{{ if and (or (and (ne .root.Values.postgres.topology "external") .root.Values.postgres.tls.enabled) (and (eq .root.Values.postgres.topology "external") (or .root.Values.postgres.tls.ca.configMap .root.Values.postgres.tls.ca.secret))) (not (regexMatch "(^|&)(sslmode|ssl)=[^&]" .root.Values.postgres.urlOptions)) }}&sslmode=verify-full&sslrootcert=/etc/postgres-ca/ca.crt{{ end }}{{ else if and (or (and (ne .root.Values.postgres.topology "external") .root.Values.postgres.tls.enabled) (and (eq .root.Values.postgres.topology "external") (or .root.Values.postgres.tls.ca.configMap .root.Values.postgres.tls.ca.secret))) (not (regexMatch "(^|&)(sslmode|ssl)=[^&]" .root.Values.postgres.urlOptions)) }}?sslmode=verify-full&sslrootcert=/etc/postgres-ca/ca.crt{{ end }}
{{- end }}

{{- define "castiel.postgres.urlVariable" }}
            - name: DATABASE_URL
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
amqp{{ if or (and (eq .Values.rabbitmq.topology "external") .Values.rabbitmq.external.tls) (and (eq .Values.rabbitmq.topology "single") .Values.rabbitmq.tls.enabled) (and (eq .Values.rabbitmq.topology "cluster") .Values.rabbitmq.tls.enabled) (and (eq .Values.rabbitmq.topology "operator") .Values.rabbitmq.tls.enabled) }}s{{ end }}://{{ urlquery .Values.rabbitmq.user | replace "+" "%20" }}:$(RABBITMQ_PASSWORD)@{{ if eq .Values.rabbitmq.topology "external" }}{{ .Values.rabbitmq.external.host }}:{{ .Values.rabbitmq.external.port }}{{ else }}rabbitmq:5672{{ end }}{{ if eq .Values.rabbitmq.vhost "/" }}{{ else }}/{{ urlquery .Values.rabbitmq.vhost | replace "+" "%20" }}{{ end }}
{{- end }}

{{- define "castiel.rabbitmq.urlVariable" }}
            - name: RABBITMQ_URL
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

{{- define "castiel.container.running" }}
          {{- with .service.extraEnvFrom }}
          envFrom:
            {{- include "castiel.yaml" . | trim | nindent 12 }}
          {{- end }}
          {{- with include "castiel.resources" (dict "root" .root "resources" .service.resources) }}
          resources:
            {{- . | trim | nindent 12 }}
          {{- end }}
          startupProbe:
            httpGet:
              path: {{ .service.probes.readinessPath | quote }}
              port: http
            periodSeconds: {{ .service.probes.startup.periodSeconds }}
            timeoutSeconds: {{ .service.probes.startup.timeoutSeconds }}
            failureThreshold: {{ .service.probes.startup.failureThreshold }}
          readinessProbe:
            httpGet:
              path: {{ .service.probes.readinessPath | quote }}
              port: http
            periodSeconds: {{ .service.probes.readiness.periodSeconds }}
            timeoutSeconds: {{ .service.probes.readiness.timeoutSeconds }}
            failureThreshold: {{ .service.probes.readiness.failureThreshold }}
          livenessProbe:
            httpGet:
              path: {{ .service.probes.livenessPath | quote }}
              port: http
            periodSeconds: {{ .service.probes.liveness.periodSeconds }}
            timeoutSeconds: {{ .service.probes.liveness.timeoutSeconds }}
            failureThreshold: {{ .service.probes.liveness.failureThreshold }}
          lifecycle:
            {{- if index .service.lifecycle "preStop" }}
            preStop:
              {{- include "castiel.yaml" (index .service.lifecycle "preStop") | trim | nindent 14 }}
            {{- else }}
            preStop:
              sleep:
                seconds: {{ .service.shutdown.preStopSeconds }}
            {{- end }}
            {{- with index .service.lifecycle "postStart" }}
            postStart:
              {{- include "castiel.yaml" . | trim | nindent 14 }}
            {{- end }}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: {{ .service.security.readOnlyRootFilesystem }}
            capabilities:
              drop:
                - ALL
              {{- with .service.security.addCapabilities }}
              add:
                {{- include "castiel.yaml" . | trim | nindent 16 }}
              {{- end }}
{{- end }}

{{- define "castiel.container.mounts.postgres.rabbitmq" }}
          volumeMounts:
            - name: tmp
              mountPath: /tmp
            {{- if or (and (ne .root.Values.postgres.topology "external") .root.Values.postgres.tls.enabled) (and (eq .root.Values.postgres.topology "external") (or .root.Values.postgres.tls.ca.configMap .root.Values.postgres.tls.ca.secret)) }}
            - name: postgres-ca
              mountPath: /etc/postgres-ca
              readOnly: true
            {{- end }}
            {{- if and (ne .root.Values.rabbitmq.topology "external") .root.Values.rabbitmq.tls.enabled }}
            - name: rabbitmq-ca
              mountPath: /etc/rabbitmq-ca
              readOnly: true
            {{- end }}
            {{- with .service.extraVolumeMounts }}{{- include "castiel.yaml" . | trim | nindent 12 }}{{ end }}
          {{- with .service.container }}{{- include "castiel.yaml" . | trim | nindent 10 }}{{ end }}
{{- end }}

{{- define "castiel.pod.volumes.postgres.rabbitmq" }}
      volumes:
        - name: tmp
          emptyDir:
            sizeLimit: {{ .service.scratch | quote }}
        {{- if or (and (ne .root.Values.postgres.topology "external") .root.Values.postgres.tls.enabled) (and (eq .root.Values.postgres.topology "external") (or .root.Values.postgres.tls.ca.configMap .root.Values.postgres.tls.ca.secret)) }}
        - name: postgres-ca
          {{- if .root.Values.postgres.tls.ca.configMap }}
          configMap:
            name: {{ .root.Values.postgres.tls.ca.configMap | quote }}
            items:
              - key: {{ .root.Values.postgres.tls.ca.key | quote }}
                path: ca.crt
          {{- end }}
          {{- if not .root.Values.postgres.tls.ca.configMap }}
          secret:
            secretName: "{{ if .root.Values.postgres.tls.ca.secret }}{{ .root.Values.postgres.tls.ca.secret }}{{ else }}{{ .root.Values.postgres.tls.secret }}{{ end }}"
            items:
              - key: {{ .root.Values.postgres.tls.ca.key | quote }}
                path: ca.crt
          {{- end }}
        {{- end }}
        {{- if and (ne .root.Values.rabbitmq.topology "external") .root.Values.rabbitmq.tls.enabled }}
        - name: rabbitmq-ca
          secret:
            secretName: {{ .root.Values.rabbitmq.tls.secret | quote }}
            items:
              - key: ca.crt
                path: ca.crt
        {{- end }}
        - name: startup-gate
          configMap:
            name: startup-gate
        {{- with .service.extraVolumes }}{{- include "castiel.yaml" . | trim | nindent 8 }}{{ end }}
      {{- with .service.pod }}{{- include "castiel.yaml" . | trim | nindent 6 }}{{ end }}
{{- end }}

{{- define "castiel.metadata.workload" }}
  name: {{ .name | quote }}
  namespace: {{ .root.Values.namespace.name | quote }}
  {{- if .service.workloadLabels }}
  labels:
    {{- include "castiel.around" (list dict (include "castiel.labels" . | trim) .service.workloadLabels) | trim | nindent 4 }}
  {{- else }}
  labels:
    {{- with .root.Values.commonLabels }}
    {{- range $key, $value := omit . "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/component" "app.kubernetes.io/part-of" "app.kubernetes.io/managed-by" }}
    {{ $key | quote }}: {{ $value | quote }}
    {{- end }}
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
  {{- if .service.workloadAnnotations }}
  annotations:
    {{- include "castiel.merged" (list .root.Values.commonAnnotations (dict "argocd.argoproj.io/sync-wave" .wave) .service.workloadAnnotations) | trim | nindent 4 }}
  {{- else }}
  annotations:
    {{- with .root.Values.commonAnnotations }}
    {{- range $key, $value := omit . "argocd.argoproj.io/sync-wave" }}
    {{ $key | quote }}: {{ $value | quote }}
    {{- end }}
    {{- end }}
    argocd.argoproj.io/sync-wave: {{ .wave | quote }}
  {{- end }}
{{- end }}

{{- define "castiel.metadata.service" }}
  name: {{ .name | quote }}
  namespace: {{ .root.Values.namespace.name | quote }}
  {{- if .service.service.labels }}
  labels:
    {{- include "castiel.around" (list dict (include "castiel.labels" . | trim) .service.service.labels) | trim | nindent 4 }}
  {{- else }}
  labels:
    {{- with .root.Values.commonLabels }}
    {{- range $key, $value := omit . "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/component" "app.kubernetes.io/part-of" "app.kubernetes.io/managed-by" }}
    {{ $key | quote }}: {{ $value | quote }}
    {{- end }}
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
  {{- if .service.service.annotations }}
  annotations:
    {{- include "castiel.merged" (list .root.Values.commonAnnotations (dict "argocd.argoproj.io/sync-wave" .wave) .service.service.annotations) | trim | nindent 4 }}
  {{- else }}
  annotations:
    {{- with .root.Values.commonAnnotations }}
    {{- range $key, $value := omit . "argocd.argoproj.io/sync-wave" }}
    {{ $key | quote }}: {{ $value | quote }}
    {{- end }}
    {{- end }}
    argocd.argoproj.io/sync-wave: {{ .wave | quote }}
  {{- end }}
{{- end }}

{{- define "castiel.metadata.listing" }}
  name: "{{ .name }}-ready"
  namespace: {{ .root.Values.namespace.name | quote }}
  labels:
    {{- include "castiel.labels" . | trim | nindent 4 }}
  annotations:
    {{- with .root.Values.commonAnnotations }}
    {{- range $key, $value := omit . "argocd.argoproj.io/sync-wave" }}
    {{ $key | quote }}: {{ $value | quote }}
    {{- end }}
    {{- end }}
    argocd.argoproj.io/sync-wave: {{ .wave | quote }}
{{- end }}

{{- define "castiel.metadata" }}
  name: {{ .name | quote }}
  namespace: {{ .root.Values.namespace.name | quote }}
  labels:
    {{- with .root.Values.commonLabels }}
    {{- range $key, $value := omit . "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/component" "app.kubernetes.io/part-of" "app.kubernetes.io/managed-by" }}
    {{ $key | quote }}: {{ $value | quote }}
    {{- end }}
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
    {{- with .root.Values.commonAnnotations }}
    {{- range $key, $value := omit . "argocd.argoproj.io/sync-wave" }}
    {{ $key | quote }}: {{ $value | quote }}
    {{- end }}
    {{- end }}
    argocd.argoproj.io/sync-wave: {{ .wave | quote }}
{{- end }}

{{- define "castiel.autoscaler" }}
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ .name | quote }}
  minReplicas: {{ .service.autoscaling.minReplicas }}
  maxReplicas: {{ .service.autoscaling.maxReplicas }}
  {{- if or (gt (int64 .service.autoscaling.targetCpuPercent) 0) (gt (int64 .service.autoscaling.targetMemoryPercent) 0) .service.autoscaling.metrics }}
  metrics:
    {{- if gt (int64 .service.autoscaling.targetCpuPercent) 0 }}
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: {{ .service.autoscaling.targetCpuPercent }}
    {{- end }}
    {{- if gt (int64 .service.autoscaling.targetMemoryPercent) 0 }}
    - type: Resource
      resource:
        name: memory
        target:
          type: Utilization
          averageUtilization: {{ .service.autoscaling.targetMemoryPercent }}
    {{- end }}
    {{- with .service.autoscaling.metrics }}{{- include "castiel.yaml" . | trim | nindent 4 }}{{ end }}
  {{- end }}
  {{- if .service.autoscaling.behavior }}
  behavior:
    {{- include "castiel.yaml" .service.autoscaling.behavior | trim | nindent 4 }}
  {{- else }}
  behavior:
    scaleUp:
      stabilizationWindowSeconds: {{ .service.autoscaling.scaleUpWindowSeconds }}
      selectPolicy: Max
      policies:
        - type: Percent
          value: 100
          periodSeconds: 60
        - type: Pods
          value: 2
          periodSeconds: 60
    scaleDown:
      stabilizationWindowSeconds: {{ .service.autoscaling.scaleDownWindowSeconds }}
      selectPolicy: Min
      policies:
        - type: Percent
          value: 50
          periodSeconds: 60
        - type: Pods
          value: 1
          periodSeconds: 60
  {{- end }}
{{- end }}

{{- define "castiel.disruptionBudget" }}
  maxUnavailable: {{ .service.disruptionBudget.maxUnavailable }}
  selector:
    matchLabels:
      app.kubernetes.io/name: {{ .name | quote }}
  unhealthyPodEvictionPolicy: AlwaysAllow
{{- end }}

{{- define "castiel.egressToProxy.postgres" }}
    {{- if .Values.postgres.pooler.enabled }}
    - to:
        - podSelector:
            matchLabels:
              app.kubernetes.io/name: postgres-pooler
      ports:
        - protocol: TCP
          port: 5432
    {{- else if eq .Values.postgres.topology "external" }}
    - to:
        {{- range $value := .Values.postgres.external.cidrs }}
        - ipBlock:
            cidr: {{ $value | quote }}
        {{- end }}
      ports:
        - protocol: TCP
          port: {{ .Values.postgres.external.port }}
    {{- else if eq .Values.postgres.topology "single" }}
    - to:
        - podSelector:
            matchLabels:
              app.kubernetes.io/name: postgres
      ports:
        - protocol: TCP
          port: 5432
    {{- else if eq .Values.postgres.topology "replicated" }}
    - to:
        - podSelector:
            matchLabels:
              app.kubernetes.io/name: postgres
      ports:
        - protocol: TCP
          port: 5432
    {{- else }}
    - to:
        - podSelector:
            matchLabels:
              cnpg.io/cluster: postgres
      ports:
        - protocol: TCP
          port: 5432
    {{- end }}
{{- end }}

{{- define "castiel.egressTo.rabbitmq" }}
    {{- if eq .Values.rabbitmq.topology "external" }}
    - to:
        {{- range $value := .Values.rabbitmq.external.cidrs }}
        - ipBlock:
            cidr: {{ $value | quote }}
        {{- end }}
      ports:
        - protocol: TCP
          port: {{ .Values.rabbitmq.external.port }}
    {{- else if eq .Values.rabbitmq.topology "single" }}
    - to:
        - podSelector:
            matchLabels:
              app.kubernetes.io/name: rabbitmq
      ports:
        - protocol: TCP
          port: 5672
    {{- else if eq .Values.rabbitmq.topology "cluster" }}
    - to:
        - podSelector:
            matchLabels:
              app.kubernetes.io/name: rabbitmq
      ports:
        - protocol: TCP
          port: 5672
    {{- else }}
    - to:
        - podSelector:
            matchLabels:
              app.kubernetes.io/name: rabbitmq-cluster
      ports:
        - protocol: TCP
          port: 5672
    {{- end }}
{{- end }}

{{- define "castiel.egressTo.redis" }}
    {{- if eq .Values.redis.topology "external" }}
    - to:
        {{- range $value := .Values.redis.external.cidrs }}
        - ipBlock:
            cidr: {{ $value | quote }}
        {{- end }}
      ports:
        - protocol: TCP
          port: {{ .Values.redis.external.port }}
    {{- else }}
    - to:
        - podSelector:
            matchLabels:
              app.kubernetes.io/name: redis
      ports:
        - protocol: TCP
          port: 6379
    {{- end }}
{{- end }}

{{- define "castiel.egressToOutside.model-apis" }}
    - to:
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
              {{- include "castiel.yaml" . | trim | nindent 14 }}
            {{- end }}
        - ipBlock:
            cidr: "::/0"
            {{- with .Values.networkPolicy.internalRanges.ipv6 }}
            except:
              {{- include "castiel.yaml" . | trim | nindent 14 }}
            {{- end }}
        {{- end }}
      ports:
        - protocol: TCP
          port: 443
{{- end }}

{{- define "castiel.redis.passwordVariable" }}
            {{- if and .Values.redis.auth (not (and (eq .Values.redis.topology "external") .Values.redis.external.secret.urlKey)) }}
            - name: REDIS_PASSWORD
              valueFrom:
                secretKeyRef:
                  name: {{ include "castiel.redis.secretName" . | quote }}
                  key: {{ include "castiel.redis.secretKey" . | quote }}
            {{- end }}
{{- end }}

{{- define "castiel.redis.url" -}}
redis{{ if and (eq .Values.redis.topology "external") .Values.redis.external.tls }}s{{ end }}://{{ if .Values.redis.auth }}:$(REDIS_PASSWORD)@{{ end }}{{ if eq .Values.redis.topology "external" }}{{ .Values.redis.external.host }}:{{ .Values.redis.external.port }}{{ else }}redis:6379{{ end }}
{{- end }}

{{- define "castiel.redis.urlVariable" }}
            - name: REDIS_URL
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

{{- define "castiel.egressToOutside.google-sign-in" }}
    - to:
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
              {{- include "castiel.yaml" . | trim | nindent 14 }}
            {{- end }}
        - ipBlock:
            cidr: "::/0"
            {{- with .Values.networkPolicy.internalRanges.ipv6 }}
            except:
              {{- include "castiel.yaml" . | trim | nindent 14 }}
            {{- end }}
        {{- end }}
      ports:
        - protocol: TCP
          port: 443
{{- end }}

{{- define "castiel.objects.owned" -}}
{{- if .Values.namespace.create }}
//Namespace/{{ .Values.namespace.name }}
{{- end }}
{{- if .Values.namespace.quota.enabled }}
*//ResourceQuota/quota
{{- end }}
{{- if .Values.namespace.limitRange.enabled }}
*//LimitRange/limits
{{- end }}
*/networking.k8s.io/NetworkPolicy/default-deny
*//ConfigMap/startup-gate
*/networking.k8s.io/NetworkPolicy/chart-test
*//ServiceAccount/chart-test
*/networking.k8s.io/NetworkPolicy/chart-test-api-gateway
*//Pod/chart-test
{{- if and (eq .Values.secrets.mode "external") (ne .Values.postgres.topology "external") }}
*/external-secrets.io/ExternalSecret/{{ dig "postgres-credentials" "postgres-credentials" .Values.secrets.names }}
{{- end }}
{{- if and (eq .Values.secrets.mode "external") (ne .Values.postgres.topology "external") (ne .Values.postgres.topology "cloudnative-pg") }}
*/external-secrets.io/ExternalSecret/{{ dig "postgres-administrator" "postgres-administrator" .Values.secrets.names }}
{{- end }}
{{- if and (eq .Values.secrets.mode "external") (eq .Values.postgres.topology "external") (or (not .Values.postgres.loginPerService) .Values.postgres.pooler.enabled) (not .Values.postgres.external.secret.name) }}
*/external-secrets.io/ExternalSecret/{{ dig "postgres-credentials" "postgres-credentials" .Values.secrets.names }}
{{- end }}
{{- if and (eq .Values.secrets.mode "external") .Values.postgres.loginPerService (index .Values.services "notification-manager").enabled }}
*/external-secrets.io/ExternalSecret/{{ dig "postgres-login-notification-manager" "postgres-login-notification-manager" .Values.secrets.names }}
{{- end }}
{{- if and (eq .Values.secrets.mode "external") .Values.postgres.loginPerService (index .Values.services "secret-management").enabled }}
*/external-secrets.io/ExternalSecret/{{ dig "postgres-login-secret-management" "postgres-login-secret-management" .Values.secrets.names }}
{{- end }}
{{- if and (eq .Values.secrets.mode "external") .Values.postgres.loginPerService (index .Values.services "usage-tracking").enabled }}
*/external-secrets.io/ExternalSecret/{{ dig "postgres-login-usage-tracking" "postgres-login-usage-tracking" .Values.secrets.names }}
{{- end }}
{{- if and (eq .Values.secrets.mode "external") .Values.postgres.loginPerService (index .Values.services "prompt-management").enabled }}
*/external-secrets.io/ExternalSecret/{{ dig "postgres-login-prompt-management" "postgres-login-prompt-management" .Values.secrets.names }}
{{- end }}
{{- if and (eq .Values.secrets.mode "external") .Values.postgres.loginPerService .Values.services.embeddings.enabled }}
*/external-secrets.io/ExternalSecret/{{ dig "postgres-login-embeddings" "postgres-login-embeddings" .Values.secrets.names }}
{{- end }}
{{- if and (eq .Values.secrets.mode "external") .Values.postgres.loginPerService (index .Values.services "ai-service").enabled }}
*/external-secrets.io/ExternalSecret/{{ dig "postgres-login-ai-service" "postgres-login-ai-service" .Values.secrets.names }}
{{- end }}
{{- if and (eq .Values.secrets.mode "external") .Values.postgres.loginPerService .Values.services.planning.enabled }}
*/external-secrets.io/ExternalSecret/{{ dig "postgres-login-planning" "postgres-login-planning" .Values.secrets.names }}
{{- end }}
{{- if and (eq .Values.secrets.mode "external") .Values.postgres.loginPerService .Values.services.execution.enabled }}
*/external-secrets.io/ExternalSecret/{{ dig "postgres-login-execution" "postgres-login-execution" .Values.secrets.names }}
{{- end }}
{{- if and (eq .Values.secrets.mode "external") .Values.postgres.loginPerService (index .Values.services "mcp-server").enabled }}
*/external-secrets.io/ExternalSecret/{{ dig "postgres-login-mcp-server" "postgres-login-mcp-server" .Values.secrets.names }}
{{- end }}
{{- if and (eq .Values.secrets.mode "external") .Values.postgres.loginPerService (index .Values.services "knowledge-base").enabled }}
*/external-secrets.io/ExternalSecret/{{ dig "postgres-login-knowledge-base" "postgres-login-knowledge-base" .Values.secrets.names }}
{{- end }}
{{- if and (eq .Values.secrets.mode "external") .Values.postgres.loginPerService .Values.services.dashboard.enabled }}
*/external-secrets.io/ExternalSecret/{{ dig "postgres-login-dashboard" "postgres-login-dashboard" .Values.secrets.names }}
{{- end }}
{{- if and (eq .Values.secrets.mode "external") .Values.postgres.loginPerService .Values.services.calendar.enabled }}
*/external-secrets.io/ExternalSecret/{{ dig "postgres-login-calendar" "postgres-login-calendar" .Values.secrets.names }}
{{- end }}
{{- if and (eq .Values.secrets.mode "external") .Values.postgres.loginPerService .Values.services.messaging.enabled }}
*/external-secrets.io/ExternalSecret/{{ dig "postgres-login-messaging" "postgres-login-messaging" .Values.secrets.names }}
{{- end }}
{{- if and (eq .Values.secrets.mode "external") .Values.postgres.loginPerService .Values.services.logging.enabled }}
*/external-secrets.io/ExternalSecret/{{ dig "postgres-login-logging" "postgres-login-logging" .Values.secrets.names }}
{{- end }}
{{- if and (eq .Values.secrets.mode "external") .Values.postgres.loginPerService (index .Values.services "learning-development").enabled }}
*/external-secrets.io/ExternalSecret/{{ dig "postgres-login-learning-development" "postgres-login-learning-development" .Values.secrets.names }}
{{- end }}
{{- if and (eq .Values.secrets.mode "external") .Values.postgres.loginPerService .Values.services.collaboration.enabled }}
*/external-secrets.io/ExternalSecret/{{ dig "postgres-login-collaboration" "postgres-login-collaboration" .Values.secrets.names }}
{{- end }}
{{- if and (eq .Values.secrets.mode "external") .Values.postgres.loginPerService .Values.services.quality.enabled }}
*/external-secrets.io/ExternalSecret/{{ dig "postgres-login-quality" "postgres-login-quality" .Values.secrets.names }}
{{- end }}
{{- if and (eq .Values.secrets.mode "external") .Values.postgres.loginPerService (index .Values.services "resource-management").enabled }}
*/external-secrets.io/ExternalSecret/{{ dig "postgres-login-resource-management" "postgres-login-resource-management" .Values.secrets.names }}
{{- end }}
{{- if and (eq .Values.secrets.mode "external") .Values.postgres.loginPerService .Values.services.workflow.enabled }}
*/external-secrets.io/ExternalSecret/{{ dig "postgres-login-workflow" "postgres-login-workflow" .Values.secrets.names }}
{{- end }}
{{- if and (eq .Values.secrets.mode "external") .Values.postgres.loginPerService .Values.services.observability.enabled }}
*/external-secrets.io/ExternalSecret/{{ dig "postgres-login-observability" "postgres-login-observability" .Values.secrets.names }}
{{- end }}
{{- if and (eq .Values.secrets.mode "external") .Values.postgres.loginPerService (index .Values.services "api-gateway").enabled }}
*/external-secrets.io/ExternalSecret/{{ dig "postgres-login-api-gateway" "postgres-login-api-gateway" .Values.secrets.names }}
{{- end }}
{{- if and (eq .Values.secrets.mode "external") (ne .Values.rabbitmq.topology "external") }}
*/external-secrets.io/ExternalSecret/{{ dig "rabbitmq-credentials" "rabbitmq-credentials" .Values.secrets.names }}
{{- end }}
{{- if and (eq .Values.secrets.mode "external") (eq .Values.rabbitmq.topology "external") (not .Values.rabbitmq.external.secret.name) }}
*/external-secrets.io/ExternalSecret/{{ dig "rabbitmq-credentials" "rabbitmq-credentials" .Values.secrets.names }}
{{- end }}
{{- if and (eq .Values.secrets.mode "external") (ne .Values.redis.topology "external") .Values.redis.auth }}
*/external-secrets.io/ExternalSecret/{{ dig "redis-credentials" "redis-credentials" .Values.secrets.names }}
*/external-secrets.io/ExternalSecret/{{ dig "redis-administrator" "redis-administrator" .Values.secrets.names }}
{{- end }}
{{- if and (eq .Values.secrets.mode "external") (eq .Values.redis.topology "external") (or .Values.redis.auth (and (eq .Values.redis.topology "external") .Values.redis.external.secret.urlKey)) (not .Values.redis.external.secret.name) }}
*/external-secrets.io/ExternalSecret/{{ dig "redis-credentials" "redis-credentials" .Values.secrets.names }}
{{- end }}
{{- if eq .Values.secrets.mode "external" }}
*/external-secrets.io/ExternalSecret/{{ dig "session-signing" "session-signing" .Values.secrets.names }}
*/external-secrets.io/ExternalSecret/{{ dig "google-sign-in" "google-sign-in" .Values.secrets.names }}
*/external-secrets.io/ExternalSecret/{{ dig "openai" "openai" .Values.secrets.names }}
*/external-secrets.io/ExternalSecret/{{ dig "anthropic" "anthropic" .Values.secrets.names }}
{{- end }}
{{- if eq .Values.secrets.mode "generate" }}
*//ServiceAccount/secret-generator
*/rbac.authorization.k8s.io/Role/secret-generator
*/rbac.authorization.k8s.io/RoleBinding/secret-generator
*//ConfigMap/secret-generator
*/batch/Job/secret-generator
*/batch/Job/{{ printf "secret-generator-%v" .Release.Revision }}
*/networking.k8s.io/NetworkPolicy/secret-generator
{{- end }}
{{- if and (ne .Values.postgres.topology "external") (ne .Values.postgres.topology "cloudnative-pg") }}
*//ServiceAccount/postgres
*//ConfigMap/postgres-config
*//Service/postgres
*//Service/postgres-nodes
*/apps/StatefulSet/postgres
*/networking.k8s.io/NetworkPolicy/postgres
{{- end }}
{{- if and (ne .Values.postgres.topology "external") (ne .Values.postgres.topology "cloudnative-pg") (eq .Values.startup.order "tiers") }}
*//Service/postgres-ready
{{- end }}
{{- if and (ne .Values.postgres.topology "external") (ne .Values.postgres.topology "cloudnative-pg") .Values.postgres.developerAccess.enabled }}
*//Service/postgres-developer
{{- end }}
{{- if and (ne .Values.postgres.topology "external") (ne .Values.postgres.topology "cloudnative-pg") (eq .Values.postgres.topology "replicated") }}
*//Service/postgres-replicas
*/policy/PodDisruptionBudget/postgres
*/rbac.authorization.k8s.io/Role/postgres
*/rbac.authorization.k8s.io/RoleBinding/postgres
{{- end }}
{{- if eq .Values.postgres.topology "cloudnative-pg" }}
*/postgresql.cnpg.io/Cluster/postgres
*//Service/postgres
*//Service/postgres-replicas
*/networking.k8s.io/NetworkPolicy/postgres
*//Service/postgres-rw
*//Service/postgres-r
*//Service/postgres-ro
*//Service/postgres-any
*/policy/PodDisruptionBudget/postgres
*/policy/PodDisruptionBudget/postgres-primary
{{- end }}
{{- if and (eq .Values.postgres.topology "cloudnative-pg") .Values.postgres.developerAccess.enabled }}
*//Service/postgres-developer
{{- end }}
{{- if and (eq .Values.postgres.topology "cloudnative-pg") (eq .Values.startup.order "tiers") }}
*//Service/postgres-ready
{{- end }}
{{- if and (eq .Values.postgres.topology "cloudnative-pg") .Values.postgres.backup.enabled }}
*/barmancloud.cnpg.io/ObjectStore/postgres-backup
*/postgresql.cnpg.io/ScheduledBackup/postgres-backup
{{- end }}
{{- if and (ne .Values.postgres.topology "external") (ne .Values.postgres.topology "cloudnative-pg") .Values.postgres.backup.enabled (ne .Values.postgres.backup.method "pgbackrest") }}
*//ServiceAccount/postgres-archive
*//ConfigMap/postgres-archive-config
*//Service/postgres-archive-nodes
*/apps/StatefulSet/postgres-archive
*/networking.k8s.io/NetworkPolicy/postgres-archive
{{- end }}
{{- if and (ne .Values.postgres.topology "external") (ne .Values.postgres.topology "cloudnative-pg") .Values.postgres.backup.enabled (eq .Values.postgres.backup.method "pgbackrest") }}
*//ConfigMap/postgres-backup-config
{{- end }}
{{- if and (ne .Values.postgres.topology "external") (ne .Values.postgres.topology "cloudnative-pg") .Values.postgres.backup.enabled }}
*//ServiceAccount/postgres-backup
*/batch/CronJob/postgres-backup
*/networking.k8s.io/NetworkPolicy/postgres-backup
{{- end }}
{{- if and (ne .Values.postgres.topology "external") (ne .Values.postgres.topology "cloudnative-pg") .Values.postgres.backup.enabled .Values.postgres.backup.restoreTest.enabled .Values.postgres.backup.restoreTest.assertions }}
*//ConfigMap/postgres-restore-test-assertions
{{- end }}
{{- if and (ne .Values.postgres.topology "external") (ne .Values.postgres.topology "cloudnative-pg") .Values.postgres.backup.enabled .Values.postgres.backup.restoreTest.enabled }}
*//ServiceAccount/postgres-restore-test
*/batch/CronJob/postgres-restore-test
*/networking.k8s.io/NetworkPolicy/postgres-restore-test
{{- end }}
{{- if and (ne .Values.postgres.topology "external") (ne .Values.postgres.topology "cloudnative-pg") .Values.postgres.backup.enabled .Values.postgres.backup.restore.to }}
*//ServiceAccount/postgres-restore
*/batch/Job/{{ printf "postgres-restore-%v" (include "castiel.templateOfJob.postgres-restore" . | fromYaml | toJson | sha256sum | trunc 8) }}
*/networking.k8s.io/NetworkPolicy/postgres-restore
{{- end }}
{{- if and (ne .Values.postgres.topology "external") (ne .Values.postgres.topology "cloudnative-pg") .Values.postgres.backup.enabled .Values.postgres.backup.restore.to (eq .Values.postgres.topology "replicated") }}
*/rbac.authorization.k8s.io/Role/postgres-restore
*/rbac.authorization.k8s.io/RoleBinding/postgres-restore
{{- end }}
{{- if .Values.postgres.pooler.enabled }}
*//ServiceAccount/postgres-pooler
*//ConfigMap/postgres-pooler-config
*//Service/postgres-pooler
*/apps/Deployment/postgres-pooler
*/networking.k8s.io/NetworkPolicy/postgres-pooler
{{- end }}
{{- if and .Values.postgres.pooler.enabled (gt (int64 .Values.postgres.pooler.replicas) 1) }}
*/policy/PodDisruptionBudget/postgres-pooler
{{- end }}
{{- if and (ne .Values.rabbitmq.topology "external") (ne .Values.rabbitmq.topology "operator") }}
*//ServiceAccount/rabbitmq
*//ConfigMap/rabbitmq-config
*//Service/rabbitmq
*//Service/rabbitmq-nodes
*/apps/StatefulSet/rabbitmq
*/networking.k8s.io/NetworkPolicy/rabbitmq
{{- end }}
{{- if and (ne .Values.rabbitmq.topology "external") (ne .Values.rabbitmq.topology "operator") (eq .Values.startup.order "tiers") }}
*//Service/rabbitmq-ready
{{- end }}
{{- if and (ne .Values.rabbitmq.topology "external") (ne .Values.rabbitmq.topology "operator") .Values.rabbitmq.developerAccess.enabled }}
*//Service/rabbitmq-developer
{{- end }}
{{- if and (ne .Values.rabbitmq.topology "external") (ne .Values.rabbitmq.topology "operator") (eq .Values.rabbitmq.topology "cluster") }}
*/policy/PodDisruptionBudget/rabbitmq
{{- end }}
{{- if eq .Values.rabbitmq.topology "operator" }}
*/rabbitmq.com/RabbitmqCluster/rabbitmq-cluster
*//Service/rabbitmq
*/policy/PodDisruptionBudget/rabbitmq
*/networking.k8s.io/NetworkPolicy/rabbitmq
*//Service/rabbitmq-cluster
*//Service/rabbitmq-cluster-nodes
*/apps/StatefulSet/rabbitmq-cluster-server
*/rbac.authorization.k8s.io/Role/rabbitmq-cluster-peer-discovery
*/rbac.authorization.k8s.io/RoleBinding/rabbitmq-cluster-server
*//ConfigMap/rabbitmq-cluster-plugins-conf
*//ConfigMap/rabbitmq-cluster-server-conf
{{- end }}
{{- if and (eq .Values.rabbitmq.topology "operator") .Values.rabbitmq.definitions }}
*//ConfigMap/rabbitmq-config
{{- end }}
{{- if and (eq .Values.rabbitmq.topology "operator") .Values.rabbitmq.developerAccess.enabled }}
*//Service/rabbitmq-developer
{{- end }}
{{- if and (eq .Values.rabbitmq.topology "operator") (eq .Values.startup.order "tiers") }}
*//Service/rabbitmq-ready
{{- end }}
{{- if and (ne .Values.rabbitmq.topology "external") .Values.rabbitmq.backup.enabled }}
*//ServiceAccount/rabbitmq-backup
*//ConfigMap/rabbitmq-backup-config
*/batch/CronJob/rabbitmq-backup
*/networking.k8s.io/NetworkPolicy/rabbitmq-backup
{{- end }}
{{- if ne .Values.redis.topology "external" }}
*//ServiceAccount/redis
*//ConfigMap/redis-config
*//Service/redis
*//Service/redis-nodes
*/apps/StatefulSet/redis
*/networking.k8s.io/NetworkPolicy/redis
{{- end }}
{{- if and (ne .Values.redis.topology "external") (eq .Values.startup.order "tiers") }}
*//Service/redis-ready
{{- end }}
{{- if and (ne .Values.redis.topology "external") .Values.redis.backup.enabled }}
*//ServiceAccount/redis-backup
*//ConfigMap/redis-backup-config
*/batch/CronJob/redis-backup
*/networking.k8s.io/NetworkPolicy/redis-backup
{{- end }}
{{- if and (ne .Values.redis.topology "external") .Values.redis.backup.enabled .Values.redis.backup.restore.snapshot }}
*//ServiceAccount/redis-restore-0
*/batch/Job/{{ printf "redis-restore-0-%v" (include "castiel.templateOfJob.redis-restore-0" . | fromYaml | toJson | sha256sum | trunc 8) }}
*/networking.k8s.io/NetworkPolicy/redis-restore-0
{{- end }}
{{- range $value := list "notification-manager" "secret-management" "usage-tracking" "prompt-management" "embeddings" "ai-service" "planning" "execution" "mcp-server" "knowledge-base" "dashboard" "calendar" "messaging" "logging" "learning-development" "collaboration" "quality" "resource-management" "workflow" "observability" }}
{{- if and (index $.Values.services $value).enabled (not (index $.Values.services $value).serviceAccount.name) }}
*//ServiceAccount/{{ $value }}
{{- end }}
{{- if (index $.Values.services $value).enabled }}
*/apps/Deployment/{{ $value }}
*//Service/{{ $value }}
*/networking.k8s.io/NetworkPolicy/{{ $value }}
{{- end }}
{{- if and (index $.Values.services $value).enabled (eq $.Values.startup.order "tiers") }}
*//Service/{{ $value }}-ready
{{- end }}
{{- if and (index $.Values.services $value).enabled (index $.Values.services $value).autoscaling.enabled }}
*/autoscaling/HorizontalPodAutoscaler/{{ $value }}
{{- end }}
{{- if and (index $.Values.services $value).enabled (index $.Values.services $value).disruptionBudget.enabled (or (and (or (index $.Values.services $value).autoscaling.enabled (index $.Values.services $value).autoscaling.external) (gt (int64 (index $.Values.services $value).autoscaling.minReplicas) 1)) (and (not (or (index $.Values.services $value).autoscaling.enabled (index $.Values.services $value).autoscaling.external)) (gt (int64 (index $.Values.services $value).replicas) 1))) }}
*/policy/PodDisruptionBudget/{{ $value }}
{{- end }}
{{- end }}
{{- range $value := list "api-gateway" }}
{{- if and (index $.Values.services $value).enabled (not (index $.Values.services $value).serviceAccount.name) }}
*//ServiceAccount/{{ $value }}
{{- end }}
{{- if (index $.Values.services $value).enabled }}
*/apps/Deployment/{{ $value }}
*//Service/{{ $value }}
*/networking.k8s.io/NetworkPolicy/{{ $value }}
{{- end }}
{{- if and (index $.Values.services $value).enabled (index $.Values.services $value).autoscaling.enabled }}
*/autoscaling/HorizontalPodAutoscaler/{{ $value }}
{{- end }}
{{- if and (index $.Values.services $value).enabled (index $.Values.services $value).disruptionBudget.enabled (or (and (or (index $.Values.services $value).autoscaling.enabled (index $.Values.services $value).autoscaling.external) (gt (int64 (index $.Values.services $value).autoscaling.minReplicas) 1)) (and (not (or (index $.Values.services $value).autoscaling.enabled (index $.Values.services $value).autoscaling.external)) (gt (int64 (index $.Values.services $value).replicas) 1))) }}
*/policy/PodDisruptionBudget/{{ $value }}
{{- end }}
{{- end }}
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
{{- if .service.autoscaling.enabled }}
{{- if and (gt (int64 .service.autoscaling.targetCpuPercent) 0) (not (regexMatch "[1-9]" (toString (index .service.resources.requests "cpu")))) }}
{{- fail (printf "services.%v.resources.requests.cpu: requests.cpu is not set, but the autoscaler measures by it; set it, or switch autoscaling off" .name) }}
{{- end }}
{{- if and (gt (int64 .service.autoscaling.targetMemoryPercent) 0) (not (regexMatch "[1-9]" (toString (index .service.resources.requests "memory")))) }}
{{- fail (printf "services.%v.resources.requests.memory: requests.memory is not set, but the autoscaler measures by it; set it, or switch autoscaling off" .name) }}
{{- end }}
{{- if and (not (gt (int64 .service.autoscaling.targetCpuPercent) 0)) (not (gt (int64 .service.autoscaling.targetMemoryPercent) 0)) (not .service.autoscaling.metrics) }}
{{- fail (printf "services.%v.autoscaling.enabled: the autoscaler has nothing to go by; set a target of CPU or memory, or name a metric" .name) }}
{{- end }}
{{- end }}
{{- if and (eq (int64 .service.rollout.maxSurge) 0) (eq (int64 .service.rollout.maxUnavailable) 0) }}
{{- fail (printf "services.%v.rollout.maxUnavailable: a rollout with neither surge nor unavailable pods never begins; raise one of the two" .name) }}
{{- end }}
{{- if ne .service.service.type "ClusterIP" }}
{{- if not .public }}
{{- fail (printf "services.%v.service.type: %v is not public, so it cannot be a %v; allowed: ClusterIP" .name .name .service.service.type) }}
{{- end }}
{{- if .public }}
{{- if not .root.Values.networkPolicy.edge.cidrs }}
{{- fail (printf "services.%v.service.type: %v is a %v, but its policy lets no client reach it; name the clients in networkPolicy.edge.cidrs, such as 0.0.0.0/0 for everybody" .name .name .service.service.type) }}
{{- end }}
{{- if and .root.Values.networkPolicy.edge.cidrs (eq .service.service.externalTrafficPolicy "Cluster") (not (regexMatch "(?m)/0+$|^[0:]*:[fF]{4}:[0:.]+/0*96$" (join "\n" .root.Values.networkPolicy.edge.cidrs))) }}
{{- fail (printf "services.%v.service.externalTrafficPolicy: with Cluster the policy sees a node in place of the client; use Local, or let everybody in with 0.0.0.0/0 in networkPolicy.edge.cidrs" .name) }}
{{- end }}
{{- end }}
{{- end }}
{{- if and .root.Values.defaults.image.digest (eq .service.image.digest .root.Values.defaults.image.digest) }}
{{- if and (not .root.Values.defaults.image.repository) (not .service.image.repository) }}
{{- fail (printf "services.%v.image.digest: each service has an image of its own, and a digest is that of one image; set it in services.NAME.image, or name the one image in defaults.image.repository" .name) }}
{{- end }}
{{- if not (and (not .root.Values.defaults.image.repository) (not .service.image.repository)) }}
{{- if ne .service.image.repository .root.Values.defaults.image.repository }}
{{- fail (printf "services.%v.image.repository: the digest of defaults.image is not that of %v's image; set services.%v.image.digest too" .name .name .name) }}
{{- end }}
{{- if and (eq .service.image.repository .root.Values.defaults.image.repository) (ne .service.image.tag .root.Values.defaults.image.tag) }}
{{- fail (printf "services.%v.image.tag: the digest of defaults.image decides which image %v runs, not this tag; set services.%v.image.digest too" .name .name .name) }}
{{- end }}
{{- end }}
{{- end }}
{{- if .service.podLabels }}
{{- range $key := regexFindAll "(?m)^(?:app\\.kubernetes\\.io/name|app\\.kubernetes\\.io/instance|app\\.kubernetes\\.io/version|app\\.kubernetes\\.io/component|app\\.kubernetes\\.io/part\\-of|app\\.kubernetes\\.io/managed\\-by|castiel/tier|pod\\-security\\.kubernetes\\.io/enforce|pod\\-security\\.kubernetes\\.io/enforce\\-version|pod\\-security\\.kubernetes\\.io/audit|pod\\-security\\.kubernetes\\.io/audit\\-version|pod\\-security\\.kubernetes\\.io/warn|pod\\-security\\.kubernetes\\.io/warn\\-version|pod\\-template\\-hash|controller\\-revision\\-hash|statefulset\\.kubernetes\\.io/pod\\-name|apps\\.kubernetes\\.io/pod\\-index|controller\\-uid|job\\-name|batch\\.kubernetes\\.io/controller\\-uid|batch\\.kubernetes\\.io/job\\-name|service\\.kubernetes\\.io/service\\-proxy\\-name|service\\.kubernetes\\.io/headless|endpointslice\\.kubernetes\\.io/managed\\-by|argocd\\.argoproj\\.io/instance|helm\\.sh/chart|addonmanager\\.kubernetes\\.io/mode|kubernetes\\.io/.*|rbac\\.authorization\\.k8s\\.io/aggregate-to-.*|cnpg\\.io/.*)$" (keys $.service.podLabels | sortAlpha | join "\n") -1 }}
{{- fail (printf "services.%v.podLabels: policies, selectors or controllers go by %v; choose another name" $.name $key) }}
{{- end }}
{{- end }}
{{- if .service.service.labels }}
{{- range $key := regexFindAll "(?m)^(?:app\\.kubernetes\\.io/name|app\\.kubernetes\\.io/instance|app\\.kubernetes\\.io/version|app\\.kubernetes\\.io/component|app\\.kubernetes\\.io/part\\-of|app\\.kubernetes\\.io/managed\\-by|castiel/tier|pod\\-security\\.kubernetes\\.io/enforce|pod\\-security\\.kubernetes\\.io/enforce\\-version|pod\\-security\\.kubernetes\\.io/audit|pod\\-security\\.kubernetes\\.io/audit\\-version|pod\\-security\\.kubernetes\\.io/warn|pod\\-security\\.kubernetes\\.io/warn\\-version|pod\\-template\\-hash|controller\\-revision\\-hash|statefulset\\.kubernetes\\.io/pod\\-name|apps\\.kubernetes\\.io/pod\\-index|controller\\-uid|job\\-name|batch\\.kubernetes\\.io/controller\\-uid|batch\\.kubernetes\\.io/job\\-name|service\\.kubernetes\\.io/service\\-proxy\\-name|service\\.kubernetes\\.io/headless|endpointslice\\.kubernetes\\.io/managed\\-by|argocd\\.argoproj\\.io/instance|helm\\.sh/chart|addonmanager\\.kubernetes\\.io/mode|kubernetes\\.io/.*|rbac\\.authorization\\.k8s\\.io/aggregate-to-.*|cnpg\\.io/.*)$" (keys $.service.service.labels | sortAlpha | join "\n") -1 }}
{{- fail (printf "services.%v.service.labels: policies, selectors or controllers go by %v; choose another name" $.name $key) }}
{{- end }}
{{- end }}
{{- if .service.workloadLabels }}
{{- range $key := regexFindAll "(?m)^(?:app\\.kubernetes\\.io/name|app\\.kubernetes\\.io/instance|app\\.kubernetes\\.io/version|app\\.kubernetes\\.io/component|app\\.kubernetes\\.io/part\\-of|app\\.kubernetes\\.io/managed\\-by|castiel/tier|pod\\-security\\.kubernetes\\.io/enforce|pod\\-security\\.kubernetes\\.io/enforce\\-version|pod\\-security\\.kubernetes\\.io/audit|pod\\-security\\.kubernetes\\.io/audit\\-version|pod\\-security\\.kubernetes\\.io/warn|pod\\-security\\.kubernetes\\.io/warn\\-version|pod\\-template\\-hash|controller\\-revision\\-hash|statefulset\\.kubernetes\\.io/pod\\-name|apps\\.kubernetes\\.io/pod\\-index|controller\\-uid|job\\-name|batch\\.kubernetes\\.io/controller\\-uid|batch\\.kubernetes\\.io/job\\-name|service\\.kubernetes\\.io/service\\-proxy\\-name|service\\.kubernetes\\.io/headless|endpointslice\\.kubernetes\\.io/managed\\-by|argocd\\.argoproj\\.io/instance|helm\\.sh/chart|addonmanager\\.kubernetes\\.io/mode|kubernetes\\.io/.*|rbac\\.authorization\\.k8s\\.io/aggregate-to-.*|cnpg\\.io/.*)$" (keys $.service.workloadLabels | sortAlpha | join "\n") -1 }}
{{- fail (printf "services.%v.workloadLabels: policies, selectors or controllers go by %v; choose another name" $.name $key) }}
{{- end }}
{{- end }}
{{- if and .service.serviceAccount.name .service.serviceAccount.annotations }}
{{- fail (printf "services.%v.serviceAccount.annotations: %v uses the existing account %v, to which nothing is added; annotate that one, or leave the name empty" .name .name .service.serviceAccount.name) }}
{{- end }}
{{- if .service.env }}
{{- range $key := $.derived }}
{{- if hasKey $.service.env $key }}
{{- fail (printf "services.%v.env: %v follows from the catalogue; remove it here" $.name $key) }}
{{- end }}
{{- end }}
{{- end }}
{{- if and .settings .service.env }}
{{- range $key := $.settings }}
{{- if hasKey $.service.env $key }}
{{- fail (printf "services.%v.env: %v is a setting of %v; set services.%v.settings.%v instead" $.name $key $.name $.name $key) }}
{{- end }}
{{- end }}
{{- end }}
{{- if and .ports .service.service.nodePorts }}
{{- if eq .service.service.type "ClusterIP" }}
{{- fail (printf "services.%v.service.nodePorts: a ClusterIP has no ports of nodes; remove it, or change service.type" .name) }}
{{- end }}
{{- if and (ne .service.service.type "ClusterIP") (include "castiel.otherKeys" (dict "of" .service.service.nodePorts "names" .ports) | fromJsonArray) }}
{{- range $key := include "castiel.otherKeys" (dict "of" $.service.service.nodePorts "names" $.ports) | fromJsonArray }}
{{- fail (printf "services.%v.service.nodePorts: the Service has no port `%v`; %v" $.name $key (printf "allowed: %s" (join ", " $.ports))) }}
{{- end }}
{{- end }}
{{- end }}
{{- if .service.workloadAnnotations }}
{{- range $key := regexFindAll "(?m)^(?:helm\\.sh/hook.*|argocd\\.argoproj\\.io/hook.*|config\\.kubernetes\\.io/local\\-config)$" (keys $.service.workloadAnnotations | sortAlpha | join "\n") -1 }}
{{- fail (printf "services.%v.workloadAnnotations: Helm, Argo CD and kustomize do not manage what has %v; remove it; objects of your own in extraObjects may have it" $.name $key) }}
{{- end }}
{{- range $key := regexFindAll "(?m)^(?:argocd\\.argoproj\\.io/sync\\-wave)$" (keys $.service.workloadAnnotations | sortAlpha | join "\n") -1 }}
{{- fail (printf "services.%v.workloadAnnotations: the order of the start decides %v; remove it; objects of your own in extraObjects may have it" $.name $key) }}
{{- end }}
{{- end }}
{{- if .service.serviceAccount.annotations }}
{{- range $key := regexFindAll "(?m)^(?:helm\\.sh/hook.*|argocd\\.argoproj\\.io/hook.*|config\\.kubernetes\\.io/local\\-config)$" (keys $.service.serviceAccount.annotations | sortAlpha | join "\n") -1 }}
{{- fail (printf "services.%v.serviceAccount.annotations: Helm, Argo CD and kustomize do not manage what has %v; remove it; objects of your own in extraObjects may have it" $.name $key) }}
{{- end }}
{{- range $key := regexFindAll "(?m)^(?:argocd\\.argoproj\\.io/sync\\-wave)$" (keys $.service.serviceAccount.annotations | sortAlpha | join "\n") -1 }}
{{- fail (printf "services.%v.serviceAccount.annotations: the order of the start decides %v; remove it; objects of your own in extraObjects may have it" $.name $key) }}
{{- end }}
{{- end }}
{{- if .service.service.annotations }}
{{- range $key := regexFindAll "(?m)^(?:helm\\.sh/hook.*|argocd\\.argoproj\\.io/hook.*|config\\.kubernetes\\.io/local\\-config)$" (keys $.service.service.annotations | sortAlpha | join "\n") -1 }}
{{- fail (printf "services.%v.service.annotations: Helm, Argo CD and kustomize do not manage what has %v; remove it; objects of your own in extraObjects may have it" $.name $key) }}
{{- end }}
{{- range $key := regexFindAll "(?m)^(?:argocd\\.argoproj\\.io/sync\\-wave)$" (keys $.service.service.annotations | sortAlpha | join "\n") -1 }}
{{- fail (printf "services.%v.service.annotations: the order of the start decides %v; remove it; objects of your own in extraObjects may have it" $.name $key) }}
{{- end }}
{{- end }}
{{- if contains "$(" (toJson (list .service.env .service.extraEnv .service.extraVolumeMounts)) }}
{{- range $key := include "castiel.dangling" (dict "known" $.known "settings" (include "castiel.settingsOf" (dict "values" $.service "own" $.own) | fromJsonArray)) | fromJsonArray }}
{{- fail (printf "services.%v.%v: %v; refer to one that comes before it, or write $%v for the text itself" $.name $key.path (ternary (printf "%v refers to a variable that comes later" $key.reference) (printf "there is no variable for %v" $key.reference) (not (empty $key.later))) $key.reference) }}
{{- end }}
{{- end }}
{{- if and .service.enabled (not (or .service.autoscaling.enabled .service.autoscaling.external (gt (int64 .service.replicas) 0))) (include "castiel.firstWithPods" (dict "needing" .needing "later" .later "waiting" (and (eq .root.Values.startup.order "tiers") (eq (int64 .root.Values.startup.tierPatience) 0)) "services" .root.Values.services)) }}
{{- fail (printf "services.%v.replicas: %v has no pods, but %v waits for it for ever; raise it, or set enabled: false for %v" .name .name (include "castiel.firstWithPods" (dict "needing" .needing "later" .later "waiting" (and (eq .root.Values.startup.order "tiers") (eq (int64 .root.Values.startup.tierPatience) 0)) "services" .root.Values.services)) (ternary (printf "%v and %v" .name (include "castiel.firstWithPods" (dict "needing" .needing "later" .later "waiting" (and (eq .root.Values.startup.order "tiers") (eq (int64 .root.Values.startup.tierPatience) 0)) "services" .root.Values.services))) .name (and (has (include "castiel.firstWithPods" (dict "needing" .needing "later" .later "waiting" (and (eq .root.Values.startup.order "tiers") (eq (int64 .root.Values.startup.tierPatience) 0)) "services" .root.Values.services)) .needing) (not .optional)))) }}
{{- end }}
{{- if .service.extraEnv }}
{{- range $key := include "castiel.additions" (dict "items" $.service.extraEnv "key" "name" "taken" (concat $.variables (keys $.service.env | sortAlpha)) "beside" (list)) | fromJsonArray }}
{{- if or $key.taken $key.repeated }}
{{- fail (printf "services.%v.extraEnv%v.name: %v has the variable %v already; name each variable once" $.name $key.path $.name $key.name) }}
{{- end }}
{{- end }}
{{- end }}
{{- if .service.extraVolumes }}
{{- range $key := include "castiel.additions" (dict "items" $.service.extraVolumes "key" "name" "taken" $.volumes "beside" (list)) | fromJsonArray }}
{{- if or $key.taken $key.repeated }}
{{- fail (printf "services.%v.extraVolumes%v.name: %v has the volume %v already; name each volume once" $.name $key.path $.name $key.name) }}
{{- end }}
{{- end }}
{{- end }}
{{- if .service.extraVolumeMounts }}
{{- range $key := include "castiel.additions" (dict "items" $.service.extraVolumeMounts "key" "mountPath" "taken" $.paths "beside" (list)) | fromJsonArray }}
{{- if or $key.taken $key.repeated }}
{{- fail (printf "services.%v.extraVolumeMounts%v.mountPath: %v has the mount path %v already; name each mount path once" $.name $key.path $.name $key.name) }}
{{- end }}
{{- end }}
{{- range $key := include "castiel.additions" (dict "items" $.service.extraVolumeMounts "key" "name" "taken" $.volumes "beside" $.service.extraVolumes) | fromJsonArray }}
{{- if not $key.taken }}
{{- fail (printf "services.%v.extraVolumeMounts%v.name: %v has no volume `%v`; %v" $.name $key.path $.name $key.name (printf "allowed: %s" (join ", " $key.known))) }}
{{- end }}
{{- end }}
{{- end }}
{{- if .service.initContainers }}
{{- range $key := include "castiel.additions" (dict "items" $.service.initContainers "key" "name" "taken" $.containers "beside" (list)) | fromJsonArray }}
{{- if or $key.taken $key.repeated }}
{{- fail (printf "services.%v.initContainers%v.name: %v has the container %v already; name each container once" $.name $key.path $.name $key.name) }}
{{- end }}
{{- if regexMatch "^(wait-for-|prepare-[0-9])" $key.name }}
{{- fail (printf "services.%v.initContainers%v.name: the platform's own containers have such names; choose another name" $.name $key.path) }}
{{- end }}
{{- end }}
{{- end }}
{{- if .service.sidecars }}
{{- range $key := include "castiel.additions" (dict "items" $.service.sidecars "key" "name" "taken" $.containers "beside" $.service.initContainers) | fromJsonArray }}
{{- if or $key.taken $key.repeated }}
{{- fail (printf "services.%v.sidecars%v.name: %v has the container %v already; name each container once" $.name $key.path $.name $key.name) }}
{{- end }}
{{- if regexMatch "^(wait-for-|prepare-[0-9])" $key.name }}
{{- fail (printf "services.%v.sidecars%v.name: the platform's own containers have such names; choose another name" $.name $key.path) }}
{{- end }}
{{- end }}
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
