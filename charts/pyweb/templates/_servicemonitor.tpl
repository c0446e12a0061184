{{- define "pyweb.serviceMonitor" -}}
{{- $monitor := .Values.metrics.serviceMonitor -}}
{{- if $monitor.enabled -}}
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  {{- include "pyweb.metadata" (dict "root" . "labels" $monitor.labels) | nindent 2 }}
spec:
  selector:
    matchLabels:
      app.kubernetes.io/name: {{ include "pyweb.name" . | quote }}
      app.kubernetes.io/instance: {{ .Release.Name | quote }}
      app.kubernetes.io/component: {{ ternary "management" "web" .Values.server.pyweb }}
  endpoints:
    - {{ include "pyweb.monitor.endpoint" (dict "root" . "monitor" $monitor) | nindent 6 | trim }}
{{- end -}}
{{- end -}}
