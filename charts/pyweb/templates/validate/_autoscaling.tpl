{{/* What every autoscaler needs. */}}
{{- define "pyweb.validate.autoscaling" -}}
{{- $values := .Values.autoscaling -}}
{{- $derived := include "pyweb.autoscaling" . | fromYaml -}}
{{- if not (kindIs "invalid" $values.targetMemoryUtilizationPercentage) }}
autoscaling.targetMemoryUtilizationPercentage is {{ int $values.targetMemoryUtilizationPercentage }}: Python seldom gives memory back, so pods would be added and never removed. Remove it and set resources.limits.memory instead.
{{- end }}
{{- range $values.extraMetrics }}
{{- $resource := .resource | default .containerResource | default dict }}
{{- $field := untitle .type }}
{{- $target := (get . $field | default dict).target | default dict }}
{{- $amount := get (dict "Utilization" "averageUtilization" "AverageValue" "averageValue" "Value" "value") ($target.type | default "") }}
{{- if not (hasKey . $field) }}
autoscaling.extraMetrics has a metric of type {{ .type }} without the field {{ $field }} that describes it. Add {{ $field }}, or correct the type.
{{- else if not (hasKey $target ($amount | default "type")) }}
autoscaling.extraMetrics has a metric of type {{ .type }} whose target is {{ $target.type | default "not set" }}{{ with $amount }}, without {{ . }}{{ end }}: the autoscaler could not compare it. Set target.type and target.{{ $amount | default "averageValue" }}.
{{- end }}
{{- if eq ($resource.name | default "") "memory" }}
autoscaling.extraMetrics scales on memory: Python seldom gives memory back, so pods would be added and never removed. Remove that metric.
{{- end }}
{{- end }}
{{- range $values.extraTriggers }}
{{- if eq .type "memory" }}
autoscaling.extraTriggers scales on memory: Python seldom gives memory back, so pods would be added and never removed. Remove that trigger.
{{- end }}
{{- end }}
{{- if $values.enabled }}
{{- if gt (int $values.minReplicas) (int $values.maxReplicas) }}
autoscaling.minReplicas is {{ int $values.minReplicas }} but autoscaling.maxReplicas is {{ int $values.maxReplicas }}: an autoscaler cannot satisfy both. Raise autoscaling.maxReplicas.
{{- end }}
{{- if and (eq $values.engine "keda") (not $derived.hasKeda) }}
autoscaling.engine is keda but the cluster does not serve the API keda.sh/v1alpha1. Install KEDA, set autoscaling.engine to auto or hpa, or, when you render without the cluster, pass --api-versions keda.sh/v1alpha1.
{{- end }}
{{- $resources := .Values.resources | default dict }}
{{- $amounts := ternary $resources.requests $resources.limits (hasKey ($resources.requests | default dict) "cpu") | default dict }}
{{- $cpu := ternary $amounts.cpu "not set" (hasKey $amounts "cpu") | toString }}
{{- if and (gt (int $derived.cpu) 0) (has $cpu (list "0" "0m" "not set")) }}
resources.requests.cpu is {{ $cpu }}, but the autoscaler measures CPU in percent of it. Set resources.requests.cpu, or autoscaling.targetCPUUtilizationPercentage to 0.
{{- end }}
{{- end }}
{{- end -}}
