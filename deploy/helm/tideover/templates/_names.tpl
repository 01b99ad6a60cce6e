{{- define "tideover.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "tideover.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "tideover.labels" -}}
{{ include "tideover.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "tideover.image" -}}
{{ printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) }}
{{- end }}

{{- define "tideover.embedded" -}}
{{ if eq .Values.store.kind "embedded" }}true{{ end }}
{{- end }}

{{- define "tideover.works" -}}
{{ if and .Values.worker.enabled (not (include "tideover.embedded" .)) }}true{{ end }}
{{- end }}

{{- /* What the kubelet waits for before it kills: the pre-stop pause, the longest stream, and time to close the stores. */ -}}
{{- define "tideover.grace" -}}
{{ add .Values.drain.preStopSeconds .Values.drain.longestStreamSeconds 15 }}
{{- end }}

{{- /*
The configuration of the gateways: yours, with what the chart itself decides. As JSON, which is YAML too: every text keeps its
quotes, and a key that consists of digits stays a text when it is filled in.
*/ -}}
{{- define "tideover.gatewayConfig" -}}
{{- $config := deepCopy .Values.config }}
{{- $jobs := dict }}
{{- if include "tideover.embedded" . }}
{{- $config = omit $config "stores" }}
{{- end }}
{{- if include "tideover.works" . }}
{{- $jobs = dict "workers" false }}
{{- end }}
{{- $server := $config.server | default dict }}
{{- $own := dict "host" "0.0.0.0" "port" 8787 "dataDir" "/data" "workers" (int .Values.gateway.processes) "drain" (printf "%ds" (int .Values.drain.longestStreamSeconds)) "jobs" (merge $jobs ($server.jobs | default dict)) }}
{{- toPrettyJson (set $config "server" (merge $own (omit $server "jobs"))) }}
{{- end }}

{{- /* The configuration of the workers: the same, with their own share and no port. */ -}}
{{- define "tideover.workerConfig" -}}
{{- $config := deepCopy .Values.config }}
{{- $server := $config.server | default dict }}
{{- $own := dict "dataDir" "/data" "drain" (printf "%ds" (int .Values.drain.longestStreamSeconds)) "jobs" (merge (deepCopy .Values.worker.jobs) ($server.jobs | default dict)) }}
{{- toPrettyJson (set $config "server" (merge $own (omit $server "jobs" "host" "port"))) }}
{{- end }}

{{- define "tideover.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "tideover.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}
