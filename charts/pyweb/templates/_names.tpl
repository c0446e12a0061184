{{- define "pyweb.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{/* 52 characters leave room for suffixes such as -management within the 63 of a DNS label. */}}
{{- define "pyweb.fullname" -}}
{{- $name := include "pyweb.name" . -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- .Values.fullnameOverride | default $full | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{/* Service whose endpoints carry the management port, ready or not. */}}
{{- define "pyweb.managementServiceName" -}}
{{- include "pyweb.fullname" . }}-management
{{- end -}}

{{- define "pyweb.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (ternary (include "pyweb.fullname" .) "default" .Values.serviceAccount.create) -}}
{{- end -}}
