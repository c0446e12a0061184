{{/* Containers beside the app's. */}}
{{- define "pyweb.validate.kubernetes-containers" -}}
{{- $names := dict "app" "the app's container" -}}
{{- range $path := list "initContainers" "sidecars" }}
{{- range get $.Values $path | default list }}
{{- if hasKey $names .name }}
{{ $path }} has a container "{{ .name }}", a name that {{ get $names .name }} has already. Rename it.
{{- end }}
{{- $_ := set $names .name $path }}
{{- end }}
{{- end }}
{{- $names = dict "migration" "the migration's container" }}
{{- range .Values.migration.initContainers }}
{{- if hasKey $names .name }}
migration.initContainers has a container "{{ .name }}", a name that {{ get $names .name }} has already. Rename it.
{{- end }}
{{- $_ := set $names .name "migration.initContainers" }}
{{- end }}
{{- range .Values.sidecars }}
{{- if .restartPolicy }}
sidecars has a container "{{ .name }}" with restartPolicy {{ .restartPolicy }}: Kubernetes allows that for init containers only. Move it to initContainers, where it starts before the app and stops after it.
{{- end }}
{{- end }}
{{- end -}}
