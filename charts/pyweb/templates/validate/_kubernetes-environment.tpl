{{/* Entries of the environment. */}}
{{- define "pyweb.validate.kubernetes-environment" -}}
{{- range .Values.extraEnv }}
{{- if and .value .valueFrom }}
extraEnv has {{ .name }} with value and valueFrom: Kubernetes allows one of them. Remove one.
{{- end }}
{{- end }}
{{- range $index, $source := .Values.envFrom }}
{{- $kinds := keys (pick $source "configMapRef" "secretRef") | sortAlpha }}
{{- if ne (len $kinds) 1 }}
envFrom[{{ $index }}] has {{ join " and " $kinds | default "neither configMapRef nor secretRef" }}: Kubernetes needs one of configMapRef and secretRef. Write one entry for each source.
{{- end }}
{{- end }}
{{- end -}}
