{{/*
KEDA ScaledObject. The autoscaler takes the largest of its signals. When the in-flight signal cannot be read, the number of pods
stays as it is.
*/}}
{{- define "pyweb.scaledObject" -}}
{{- $values := .Values.autoscaling -}}
{{- $autoscaling := include "pyweb.autoscaling" . | fromYaml -}}
{{- if and $values.enabled (eq $autoscaling.engine "keda") -}}
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  {{- include "pyweb.metadata" (dict "root" . "annotations" $values.annotations) | nindent 2 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ include "pyweb.fullname" . | quote }}
  minReplicaCount: {{ int $values.minReplicas }}
  maxReplicaCount: {{ int $values.maxReplicas }}
  pollingInterval: {{ int $values.pollingInterval }}
  {{- if ne $values.signal.source "none" }}
  fallback:
    failureThreshold: 3
    replicas: {{ int $values.minReplicas }}
    behavior: currentReplicasIfHigher
  {{- end }}
  {{- with $values.behavior }}
  advanced:
    horizontalPodAutoscalerConfig:
      behavior:
        {{- toYaml . | nindent 8 }}
  {{- end }}
  triggers:
    {{- include "pyweb.scaledObject.inFlightTrigger" . | nindent 4 }}
    {{- if gt (int $autoscaling.cpu) 0 }}
    - type: cpu
      name: cpu
      metricType: Utilization
      metadata:
        value: {{ int $autoscaling.cpu | quote }}
        containerName: app
    {{- end }}
    {{- with $values.extraTriggers }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}
{{- end -}}

{{/*
KEDA asks every endpoint of the Service for the metric. It takes Service and namespace from the first two labels of the host, so the
host must not end there; and it looks up the port, which is the pods', in the endpoint slices.
*/}}
{{- define "pyweb.scaledObject.inFlightTrigger" -}}
{{- $signal := .Values.autoscaling.signal -}}
{{- $autoscaling := include "pyweb.autoscaling" . | fromYaml -}}
{{- if eq $signal.source "pods" -}}
- type: metrics-api
  name: requests-in-flight
  metricType: AverageValue
  metadata:
    url: http://{{ include "pyweb.managementServiceName" . }}.{{ .Release.Namespace }}.svc:{{ int .Values.server.management.port }}{{ .Values.metrics.path }}
    format: prometheus
    valueLocation: pyweb_requests_in_flight
    aggregateFromKubeServiceEndpoints: "true"
    aggregationType: sum
    targetValue: {{ $autoscaling.target | quote }}
{{- else if eq $signal.source "prometheus" -}}
- type: prometheus
  name: requests-in-flight
  metricType: AverageValue
  metadata:
    serverAddress: {{ $signal.prometheus.url | quote }}
    query: {{ $signal.prometheus.query | default (include "pyweb.scaledObject.inFlightQuery" .) | quote }}
    threshold: {{ $autoscaling.target | quote }}
    ignoreNullValues: "false"
  {{- with $signal.prometheus.authenticationRef }}
  authenticationRef:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
{{- end -}}

{{- define "pyweb.scaledObject.inFlightQuery" -}}
sum(pyweb_requests_in_flight{namespace="{{ .Release.Namespace }}",pod=~"{{ include "pyweb.fullname" . }}-[a-z0-9]+-[a-z0-9]+"})
{{- end -}}
