{{/* The chart's ConfigMaps. Context: root; optional suffix of the names, annotations. */}}
{{- define "pyweb.configMaps" -}}
{{- $context := . -}}
{{- range $name, $map := .root.Values.configMaps }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  {{- include "pyweb.metadata" (merge (dict "suffix" (printf "-%s%s" $name ($context.suffix | default ""))) $context) | nindent 2 }}
data:
  {{- include "pyweb.configuration.data" $map.data | nindent 2 }}
{{- end }}
{{- end -}}

{{/* The chart's Secrets. Context as above. */}}
{{- define "pyweb.secrets" -}}
{{- $context := . -}}
{{- range $name, $map := .root.Values.secrets }}
---
apiVersion: v1
kind: Secret
metadata:
  {{- include "pyweb.metadata" (merge (dict "suffix" (printf "-%s%s" $name ($context.suffix | default ""))) $context) | nindent 2 }}
type: Opaque
stringData:
  {{- include "pyweb.configuration.data" $map.data | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "pyweb.configuration.data" -}}
{{- $data := dict -}}
{{- range $key, $value := . }}{{ $_ := set $data $key (include "pyweb.scalar" $value) }}{{ end -}}
{{- toYaml $data -}}
{{- end -}}
