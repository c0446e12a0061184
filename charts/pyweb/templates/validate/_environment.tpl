{{/* Who sets which environment variable. */}}
{{- define "pyweb.validate.environment" -}}
{{- $values := .Values -}}
{{- $given := list -}}
{{- range $name, $_ := $values.env }}{{ $given = append $given (dict "path" "env" "name" $name) }}{{ end -}}
{{- range $values.extraEnv }}{{ $given = append $given (dict "path" "extraEnv" "name" .name) }}{{ end -}}
{{- if not (kindIs "invalid" $values.database.maxConnections) -}}
{{- with $values.database.poolSizeVariable }}{{ $given = append $given (dict "path" "database.poolSizeVariable" "name" .) }}{{ end -}}
{{- end -}}
{{- range $kind, $maps := dict "configMaps" $values.configMaps "secrets" $values.secrets -}}
{{- range $key, $map := $maps -}}
{{- if (ternary $map.envFrom (not $map.mountPath) (hasKey $map "envFrom")) -}}
{{- range $name, $_ := $map.data }}{{ $given = append $given (dict "path" (printf "%s.%s.data" $kind $key) "name" $name) }}{{ end -}}
{{- else if not $map.mountPath }}
{{ $kind }}.{{ $key }} has envFrom false and no mountPath: the app would not see it. Set one of them.
{{- end -}}
{{- end -}}
{{- end -}}
{{- $seen := dict -}}
{{- range $given }}
{{- if not (regexMatch "^[A-Za-z_][A-Za-z0-9_]*$" .name) }}
{{ .path }} has the key "{{ .name }}": it is to become an environment variable and is no name for one, so the kubelet would leave it out. Rename it, or set mountPath (and no envFrom) to get files.
{{- end }}
{{- if eq .path "database.poolSizeVariable" }}
{{- with get $seen .name }}
{{ . }} sets {{ $values.database.poolSizeVariable }}, which the chart sets itself for database.maxConnections. Remove it and use database.poolSize.
{{- end }}
{{- else if hasKey $seen .name }}
{{ .path }} sets {{ .name }}, and so does {{ get $seen .name }}: one of them would silently win. Keep one.
{{- end }}
{{- $_ := set $seen .name .path }}
{{- if or (hasPrefix "PYWEB_" .name) (hasPrefix "UVICORN_" .name) (hasPrefix "GRANIAN_" .name) (has .name (list "GUNICORN_CMD_ARGS" "WEB_CONCURRENCY" "FORWARDED_ALLOW_IPS")) }}
{{ .path }} sets {{ .name }}: it would configure the server behind the chart's back. Use the values under `server` and `timeouts` (or server.extraArgs) instead.
{{- end }}
{{- if and $values.server.pyweb (has .name (list "POD_NAME" "PROMETHEUS_MULTIPROC_DIR")) }}
{{ .path }} sets {{ .name }}, which the chart sets itself for server.pyweb. Remove it.
{{- end }}
{{- if and (eq .path "database.poolSizeVariable") (has .name (list "PYTHON_CPU_COUNT" "OMP_NUM_THREADS")) }}
database.poolSizeVariable is {{ .name }}, which the chart sets to the CPU limit. Choose the variable that your app reads.
{{- end }}
{{- end }}
{{- end -}}
