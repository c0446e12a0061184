{{- define "pyweb.podDisruptionBudget" -}}
{{- $budget := .Values.podDisruptionBudget -}}
{{- if $budget.enabled -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "pyweb.metadata" (dict "root" .) | nindent 2 }}
spec:
  {{- if not (kindIs "invalid" $budget.minAvailable) }}
  minAvailable: {{ include "pyweb.scalar" $budget.minAvailable }}
  {{- else }}
  maxUnavailable: {{ include "pyweb.scalar" (ternary 1 $budget.maxUnavailable (kindIs "invalid" $budget.maxUnavailable)) }}
  {{- end }}
  unhealthyPodEvictionPolicy: {{ $budget.unhealthyPodEvictionPolicy }}
  selector:
    matchLabels:
      {{- include "pyweb.selectorLabels" . | nindent 6 }}
{{- end -}}
{{- end -}}
