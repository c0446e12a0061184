{{/* Who reads the metrics, and when. */}}
{{- define "pyweb.validate.monitoring" -}}
{{- $metrics := .Values.metrics -}}
{{- if and $metrics.serviceMonitor.enabled $metrics.podMonitor.enabled }}
metrics.serviceMonitor and metrics.podMonitor are both enabled: Prometheus would count everything twice. Enable one of them.
{{- end }}
{{- if and .Values.server.pyweb (ne $metrics.path "/metrics") }}
metrics.path is {{ $metrics.path }} but server.pyweb is true: pyweb serves its metrics at /metrics, which Prometheus and KEDA would not find. Remove metrics.path, or set server.pyweb to false.
{{- end }}
{{- range $name, $monitor := pick $metrics "serviceMonitor" "podMonitor" }}
{{- if $monitor.enabled }}
{{- if eq (include "pyweb.seconds" $monitor.interval | float64) 0.0 }}
metrics.{{ $name }}.interval is {{ $monitor.interval }}: Prometheus refuses to scrape all the time. Set a time, for instance 30s.
{{- end }}
{{- if gt (include "pyweb.seconds" $monitor.scrapeTimeout | float64) (include "pyweb.seconds" $monitor.interval | float64) }}
metrics.{{ $name }}.scrapeTimeout is {{ $monitor.scrapeTimeout }} but its interval is {{ $monitor.interval }}: Prometheus refuses a timeout above the interval. Lower scrapeTimeout.
{{- end }}
{{- end }}
{{- end }}
{{- end -}}
