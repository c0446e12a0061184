{{- define "pyweb.deployment" -}}
{{- $values := .Values -}}
{{- $timeouts := include "pyweb.timeouts" . | fromYaml -}}
{{- $context := dict "root" . "server" true "resources" ($values.resources | default dict) -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "pyweb.metadata" (dict "root" . "annotations" $values.deploymentAnnotations) | nindent 2 }}
spec:
  {{- if not $values.autoscaling.enabled }}
  replicas: {{ int $values.replicaCount }}
  {{- end }}
  revisionHistoryLimit: {{ int $values.revisionHistoryLimit }}
  minReadySeconds: {{ int $values.minReadySeconds }}
  progressDeadlineSeconds: {{ int $values.progressDeadlineSeconds }}
  strategy:
    {{- toYaml (ternary (dict "type" "Recreate") $values.strategy (eq $values.strategy.type "Recreate")) | nindent 4 }}
  selector:
    matchLabels:
      {{- include "pyweb.selectorLabels" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "pyweb.labels" (dict "root" . "labels" $values.podLabels) | nindent 8 }}
      annotations:
        {{- include "pyweb.podAnnotations" . | nindent 8 }}
    spec:
      serviceAccountName: {{ include "pyweb.serviceAccountName" . | quote }}
      automountServiceAccountToken: {{ $values.serviceAccount.automount }}
      terminationGracePeriodSeconds: {{ int $timeouts.terminationGracePeriod }}
      {{- include "pyweb.pod.common" $context | nindent 6 }}
      {{- with $values.affinity }}
      affinity:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with include "pyweb.topologySpreadConstraints" . }}
      topologySpreadConstraints:
        {{- . | trim | nindent 8 }}
      {{- end }}
      {{- with $values.initContainers }}
      initContainers:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: app
          {{- include "pyweb.container.common" $context | nindent 10 }}
          {{- include "pyweb.server" . | nindent 10 }}
          {{- include "pyweb.environment" $context | trim | nindent 10 }}
          ports:
            - name: http
              containerPort: {{ int $values.server.port }}
              protocol: TCP
            {{- if $values.server.pyweb }}
            - name: management
              containerPort: {{ int $values.server.management.port }}
              protocol: TCP
            {{- end }}
          {{- include "pyweb.probes" . | trim | nindent 10 }}
          {{- if gt (int $timeouts.drain) 0 }}
          lifecycle:
            preStop:
              sleep:
                seconds: {{ int $timeouts.drain }}
          {{- end }}
          resources:
            {{- toYaml $context.resources | nindent 12 }}
          volumeMounts:
            {{- include "pyweb.container.volumeMounts" $context | nindent 12 }}
        {{- with $values.sidecars }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      volumes:
        {{- include "pyweb.pod.volumes" $context | nindent 8 }}
{{- end -}}

{{/* The user's annotations, and what restarts the pods when the chart's ConfigMaps or Secrets change. */}}
{{- define "pyweb.podAnnotations" -}}
{{- $values := .Values -}}
{{- $checksums := dict -}}
{{- range $name := list "configMaps" "secrets" -}}
{{- with get $values $name }}{{ $_ := set $checksums (printf "checksum/%s" (lower $name)) (toJson . | sha256sum) }}{{ end -}}
{{- end -}}
{{- $default := dict "kubectl.kubernetes.io/default-container" "app" -}}
{{- toYaml (merge $checksums ($values.podAnnotations | default dict) ($values.commonAnnotations | default dict) $default) -}}
{{- end -}}

{{/* The spread constraints; without a selector of their own they count the pods of the same revision. */}}
{{- define "pyweb.topologySpreadConstraints" -}}
{{- $own := dict "labelSelector" (dict "matchLabels" (include "pyweb.selectorLabels" . | fromYaml)) "matchLabelKeys" (list "pod-template-hash") -}}
{{- range .Values.topologySpreadConstraints }}
- {{ toYaml (ternary . (merge (deepCopy .) $own) (hasKey . "labelSelector")) | nindent 2 | trim }}
{{- end }}
{{- end -}}
