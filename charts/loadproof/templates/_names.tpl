{{- define "loadproof.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "loadproof.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains (include "loadproof.name" .) .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "loadproof.name" .) | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "loadproof.labels" -}}
app.kubernetes.io/name: {{ include "loadproof.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: load-generator
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/*
Labels that tell the pods of a release apart: called with the context and the role, master or worker.
*/}}
{{- define "loadproof.podSelector" -}}
{{- $context := index . 0 -}}
app.kubernetes.io/name: {{ include "loadproof.name" $context }}
app.kubernetes.io/instance: {{ $context.Release.Name }}
loadproof-role: {{ index . 1 }}
{{- end -}}

{{- define "loadproof.image" -}}
{{- $repository := .Values.image.repository -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" $repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{- define "loadproof.scenarios" -}}
{{- printf "%s-scenarios" (include "loadproof.fullname" . | trunc 53 | trimSuffix "-") -}}
{{- end -}}

{{- define "loadproof.worker" -}}
{{- printf "%s-worker" (include "loadproof.fullname" . | trunc 56 | trimSuffix "-") -}}
{{- end -}}
