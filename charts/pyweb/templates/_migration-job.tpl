{{/*
Database migration as a hook before install and upgrade. Helm creates ordinary objects after such hooks, so that the Job of a first
install finds neither the chart's ServiceAccount nor its Secrets and ConfigMaps: copies of the latter are hooks too, and go again.
*/}}
{{- define "pyweb.migrationJob" -}}
{{- $migration := .Values.migration -}}
{{- if $migration.enabled -}}
{{- $resources := $migration.resources | default .Values.resources | default dict -}}
{{- $context := dict "root" . "resources" $resources "configSuffix" "-migration" -}}
{{- $hook := dict "helm.sh/hook" "pre-install,pre-upgrade" "helm.sh/hook-delete-policy" "before-hook-creation,hook-succeeded" -}}
{{- $first := merge (dict "helm.sh/hook-weight" "-10") $hook -}}
{{- $then := merge (dict "helm.sh/hook-weight" "-5") $hook ($migration.annotations | default dict) -}}
{{- include "pyweb.configMaps" (dict "root" . "suffix" "-migration" "component" "migration" "annotations" $first) }}
{{- include "pyweb.secrets" (dict "root" . "suffix" "-migration" "component" "migration" "annotations" $first) }}
---
apiVersion: batch/v1
kind: Job
metadata:
  {{- include "pyweb.metadata" (dict "root" . "suffix" "-migration" "component" "migration" "annotations" $then) | nindent 2 }}
spec:
  backoffLimit: {{ int $migration.backoffLimit }}
  activeDeadlineSeconds: {{ int $migration.activeDeadlineSeconds }}
  template:
    metadata:
      labels:
        {{- include "pyweb.labels" (dict "root" . "component" "migration" "labels" .Values.podLabels) | nindent 8 }}
      {{- with merge (dict) (.Values.podAnnotations | default dict) (.Values.commonAnnotations | default dict) }}
      annotations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
    spec:
      restartPolicy: Never
      serviceAccountName: {{ include "pyweb.migration.serviceAccountName" . | quote }}
      automountServiceAccountToken: false
      {{- include "pyweb.pod.common" $context | nindent 6 }}
      {{- with $migration.initContainers }}
      initContainers:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: migration
          {{- include "pyweb.container.common" $context | nindent 10 }}
          command:
            {{- toYaml $migration.command | nindent 12 }}
          {{- include "pyweb.environment" $context | trim | nindent 10 }}
          resources:
            {{- toYaml $resources | nindent 12 }}
          volumeMounts:
            {{- include "pyweb.container.volumeMounts" $context | nindent 12 }}
      volumes:
        {{- include "pyweb.pod.volumes" $context | nindent 8 }}
{{- end -}}
{{- end -}}

{{/* An account that exists already: the one that is named, the app's when the chart does not make it, else "default". */}}
{{- define "pyweb.migration.serviceAccountName" -}}
{{- $account := .Values.serviceAccount -}}
{{- .Values.migration.serviceAccountName | default (ternary "default" ($account.name | default "default") $account.create) -}}
{{- end -}}
