{{/* Volumes and where they are mounted. */}}
{{- define "pyweb.validate.kubernetes-volumes" -}}
{{- $volumes := dict "tmp" "/tmp" -}}
{{- $mounts := dict "/tmp" "the chart" -}}
{{- range $kind, $maps := pick .Values "configMaps" "secrets" }}
{{- range $name, $map := $maps }}
{{- if gt (len $name) 40 }}
{{ $kind }} has a name of {{ len $name }} characters, {{ $name }}: its volume could not be called so. Shorten it to 40.
{{- end }}
{{- if and $.Values.migration.enabled (hasKey $maps (printf "%s-migration" $name)) }}
{{ $kind }} has {{ $name }} and {{ $name }}-migration: the second name is that of the copy which the migration reads. Rename {{ $name }}-migration.
{{- end }}
{{- with $map.mountPath }}
{{- $volume := printf "%s-%s" (lower $kind | trimSuffix "s") $name }}
{{- $_ := set $volumes $volume (printf "%s.%s" $kind $name) }}
{{- $path := clean . }}
{{- if hasKey $mounts $path }}
{{ $kind }}.{{ $name }}.mountPath is {{ . }}, where {{ get $mounts $path }} mounts something already. Choose another path.
{{- end }}
{{- $_ := set $mounts $path (printf "%s.%s" $kind $name) }}
{{- end }}
{{- end }}
{{- end }}
{{- range .Values.extraVolumes }}
{{- if hasKey $volumes .name }}
extraVolumes has a volume "{{ .name }}", a name that {{ get $volumes .name }} has already. Rename it.
{{- end }}
{{- $_ := set $volumes .name "another one" }}
{{- end }}
{{- range .Values.extraVolumeMounts }}
{{- if not (hasKey $volumes .name) }}
extraVolumeMounts mounts "{{ .name }}", but the pod has no volume of that name. Add it to extraVolumes, or write one of {{ keys $volumes | sortAlpha | join ", " }}.
{{- end }}
{{- $path := clean .mountPath }}
{{- if and (has $path (list "/tmp" "/dev/shm")) (not .subPath) }}
extraVolumeMounts mounts "{{ .name }}" at {{ .mountPath }}, which the chart has already. Choose another path{{ if eq $path "/tmp" }}, or size /tmp with `tmp`{{ end }}.
{{- else if hasKey $mounts $path }}
extraVolumeMounts mounts "{{ .name }}" at {{ .mountPath }}, where {{ get $mounts $path }} mounts something already. Choose another path.
{{- end }}
{{- $_ := set $mounts $path "extraVolumeMounts" }}
{{- end }}
{{- range $where := list "initContainers" "sidecars" "migration.initContainers" }}
{{- $containers := ternary $.Values.migration.initContainers (get $.Values $where) (eq $where "migration.initContainers") }}
{{- range $container := $containers | default list }}
{{- range .volumeMounts }}
{{- if not (hasKey $volumes .name) }}
{{ $where }} has a container "{{ $container.name }}" that mounts "{{ .name }}", but the pod has no volume of that name. Add it to extraVolumes, or write one of {{ keys $volumes | sortAlpha | join ", " }}.
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}
