{{/* Pods that have to be replaced one day. */}}
{{- define "pyweb.validate.availability" -}}
{{- $autoscaling := .Values.autoscaling -}}
{{- $budget := .Values.podDisruptionBudget -}}
{{- $pods := int (ternary $autoscaling.minReplicas .Values.replicaCount $autoscaling.enabled) -}}
{{- $podsPath := ternary "autoscaling.minReplicas" "replicaCount" $autoscaling.enabled -}}
{{- $hasMin := not (kindIs "invalid" $budget.minAvailable) -}}
{{- $hasMax := not (kindIs "invalid" $budget.maxUnavailable) -}}
{{- if $budget.enabled }}
{{- if and $hasMin $hasMax }}
podDisruptionBudget has minAvailable {{ include "pyweb.scalar" $budget.minAvailable }} and maxUnavailable {{ include "pyweb.scalar" $budget.maxUnavailable }}: Kubernetes allows one of them. Remove one.
{{- end }}
{{- if and $hasMax (eq (include "pyweb.scalar" $budget.maxUnavailable | trimSuffix "%") "0") }}
podDisruptionBudget.maxUnavailable is {{ include "pyweb.scalar" $budget.maxUnavailable }}: no pod could ever be evicted, and node drains would hang. Set it to 1 or more, or podDisruptionBudget.enabled to false.
{{- end }}
{{- if and $hasMin (gt $pods 0) }}
{{- $minimum := include "pyweb.scalar" $budget.minAvailable }}
{{- $needed := int (ternary (ceil (divf (mulf (float64 (trimSuffix "%" $minimum)) $pods) 100)) (float64 (trimSuffix "%" $minimum)) (hasSuffix "%" $minimum)) }}
{{- if ge $needed $pods }}
podDisruptionBudget.minAvailable is {{ $minimum }}{{ if hasSuffix "%" $minimum }} ({{ $needed }} pods){{ end }} but {{ $podsPath }} is {{ $pods }}: no pod could ever be evicted, and node drains would hang. Use podDisruptionBudget.maxUnavailable 1 instead, or raise {{ $podsPath }} above {{ $needed }}.
{{- end }}
{{- end }}
{{- end }}
{{- $rolling := .Values.strategy.rollingUpdate | default dict }}
{{- if and (eq .Values.strategy.type "RollingUpdate") (hasKey $rolling "maxSurge") (hasKey $rolling "maxUnavailable") }}
{{- if and (eq (toString $rolling.maxSurge | trimSuffix "%") "0") (eq (toString $rolling.maxUnavailable | trimSuffix "%") "0") }}
strategy.rollingUpdate has maxSurge 0 and maxUnavailable 0: no pod could ever be replaced. Set maxSurge to 1 or more.
{{- end }}
{{- end }}
{{- end -}}
