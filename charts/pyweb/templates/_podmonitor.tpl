{{- define "pyweb.podMonitor" -}}
{{- $monitor := .Values.metrics.podMonitor -}}
{{- if $monitor.enabled -}}
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata:
  {{- include "pyweb.metadata" (dict "root" . "labels" $monitor.labels) | nindent 2 }}
spec:
  selector:
    matchLabels:
      {{- include "pyweb.selectorLabels" . | nindent 6 }}
  podMetricsEndpoints:
    - {{ include "pyweb.monitor.endpoint" (dict "root" . "monitor" $monitor) | nindent 6 | trim }}
{{- end -}}
{{- end -}}
