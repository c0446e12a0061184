{{/* What Prometheus scrapes: the management port with pyweb, else the app's. Context: root, monitor. */}}
{{- define "pyweb.monitor.endpoint" -}}
port: {{ ternary "management" "http" .root.Values.server.pyweb }}
path: {{ .root.Values.metrics.path | quote }}
interval: {{ .monitor.interval }}
scrapeTimeout: {{ .monitor.scrapeTimeout }}
{{- with .monitor.relabelings }}
relabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .monitor.metricRelabelings }}
metricRelabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
