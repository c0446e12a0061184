{{/* The labels by which the chart's own objects find each other. */}}
{{- define "pyweb.validate.labels" -}}
{{- range $path, $labels := dict "commonLabels" .Values.commonLabels "podLabels" .Values.podLabels "service.labels" .Values.service.labels
      "ingress.labels" .Values.ingress.labels "httpRoute.labels" .Values.httpRoute.labels
      "metrics.serviceMonitor.labels" .Values.metrics.serviceMonitor.labels "metrics.podMonitor.labels" .Values.metrics.podMonitor.labels }}
{{- $labels = $labels | default dict }}
{{- if hasKey $labels "helm.sh/chart" }}
{{ $path }} sets helm.sh/chart: the chart owns this label. Remove it.
{{- end }}
{{- range $label := list "name" "instance" "component" "version" "managed-by" }}
{{- if hasKey $labels (printf "app.kubernetes.io/%s" $label) }}
{{ $path }} sets app.kubernetes.io/{{ $label }}: the chart owns this label, the Deployment and the Service select pods by such labels. Remove it{{ if eq $label "name" }} and use nameOverride{{ end }}.
{{- end }}
{{- end }}
{{- end }}
{{- end -}}
