{{/* What the Service, the PodDisruptionBudget and the Deployment select; a Deployment cannot change it later. */}}
{{- define "pyweb.selectorLabels" -}}
app.kubernetes.io/name: {{ include "pyweb.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/component: web
{{- end -}}

{{/* Labels of the objects and pods of one component; none that changes with the chart's version alone, which would restart pods. Context: root; optional component, labels. */}}
{{- define "pyweb.labels" -}}
{{- $root := .root -}}
{{- $own := dict
      "app.kubernetes.io/name" (include "pyweb.name" $root)
      "app.kubernetes.io/instance" $root.Release.Name
      "app.kubernetes.io/component" (.component | default "web")
      "app.kubernetes.io/version" (include "pyweb.version" $root)
      "app.kubernetes.io/managed-by" $root.Release.Service -}}
{{- toYaml (merge $own (.labels | default dict) ($root.Values.commonLabels | default dict)) -}}
{{- end -}}

{{/*
Metadata of an object.
Context: root; optional suffix of the name, component, labels, annotations.
*/}}
{{- define "pyweb.metadata" -}}
{{- $root := .root -}}
name: {{ printf "%s%s" (include "pyweb.fullname" $root) (.suffix | default "") | quote }}
namespace: {{ $root.Release.Namespace | quote }}
labels:
  helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
  {{- include "pyweb.labels" . | nindent 2 }}
{{- with merge (dict) (.annotations | default dict) ($root.Values.commonAnnotations | default dict) }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
