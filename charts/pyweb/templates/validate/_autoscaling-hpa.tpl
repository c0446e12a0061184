{{/* What a HorizontalPodAutoscaler can read. */}}
{{- define "pyweb.validate.autoscaling-hpa" -}}
{{- $values := .Values.autoscaling -}}
{{- $derived := include "pyweb.autoscaling" . | fromYaml -}}
{{- $worker := include "pyweb.worker" . | fromYaml -}}
{{- $signal := $values.signal -}}
{{- $cpuGiven := not (kindIs "invalid" $values.targetCPUUtilizationPercentage) -}}
{{- if and $values.enabled (eq $derived.engine "hpa") }}
{{- if and $worker.loop (eq $values.engine "hpa") (not $cpuGiven) (not $values.extraMetrics) }}
autoscaling.engine is hpa with server.worker {{ .Values.server.worker }}: CPU says little about its load (50 requests that wait on I/O cost 2 % CPU). Set autoscaling.engine to keda or auto, or autoscaling.targetCPUUtilizationPercentage if CPU is what runs out in your app.
{{- end }}
{{- if and (eq (int $derived.cpu) 0) (not $values.extraMetrics) }}
autoscaling.targetCPUUtilizationPercentage is 0 and autoscaling.extraMetrics is empty: a HorizontalPodAutoscaler has no signal left. Set one of them.
{{- end }}
{{- if and (eq $values.engine "hpa") $values.extraTriggers }}
autoscaling.extraTriggers are KEDA triggers, but autoscaling.engine is hpa and ignores them. Set autoscaling.engine to keda, or use autoscaling.extraMetrics.
{{- end }}
{{- if and (eq $values.engine "hpa") (not (kindIs "invalid" $signal.target)) }}
autoscaling.signal.target is {{ $signal.target }}, but autoscaling.engine is hpa and cannot read requests in flight. Set autoscaling.engine to keda, or remove autoscaling.signal.target.
{{- end }}
{{- end }}
{{- end -}}
