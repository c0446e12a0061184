{{/*
Which autoscaler, on which signals.
  engine   hpa or keda
  because  why, when `auto` chose it
  cpu      target in percent of the CPU request; 0 when CPU is no signal
  target   requests in flight per pod to aim for (engine keda): 70 % of what the worker runs at a time, so that new pods are there
           before requests queue
*/}}
{{- define "pyweb.autoscaling" -}}
{{- $values := .Values.autoscaling -}}
{{- $worker := include "pyweb.worker" . | fromYaml -}}
{{- $hasKeda := .Capabilities.APIVersions.Has "keda.sh/v1alpha1" -}}
{{- $readable := or .Values.server.pyweb (ne $values.signal.source "pods") -}}
{{- $engine := $values.engine -}}
{{- $because := "" -}}
{{- if eq $engine "auto" -}}
{{- $engine = ternary "keda" "hpa" (and $hasKeda $readable) -}}
{{- if not $hasKeda -}}
{{- $because = "the cluster has no KEDA (API keda.sh/v1alpha1), so requests in flight are not a signal" -}}
{{- else if not $readable -}}
{{- $because = "server.pyweb is false, so pods do not tell their requests in flight" -}}
{{- else -}}
{{- $because = "the cluster has KEDA" -}}
{{- end -}}
{{- end -}}
{{- $target := $values.signal.target -}}
{{- if kindIs "invalid" $target -}}
{{- $target = divf (mul 7 $worker.concurrency) 10.0 -}}
{{- end -}}
{{- dict
      "engine" $engine
      "because" $because
      "hasKeda" $hasKeda
      "cpu" (int (ternary 70 $values.targetCPUUtilizationPercentage (kindIs "invalid" $values.targetCPUUtilizationPercentage)))
      "target" $target
    | toYaml -}}
{{- end -}}
