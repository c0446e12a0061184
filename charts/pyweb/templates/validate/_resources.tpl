{{/* Amounts against each other. */}}
{{- define "pyweb.validate.resources" -}}
{{- range $path, $resources := dict "resources" .Values.resources "migration.resources" .Values.migration.resources }}
{{- $resources = $resources | default dict }}
{{- $limits := $resources.limits | default dict }}
{{- range $name, $request := $resources.requests }}
{{- if hasKey $limits $name }}
{{- $limit := get $limits $name }}
{{- if gt (include "pyweb.quantity" $request | float64) (include "pyweb.quantity" $limit | float64) }}
{{ $path }}.requests.{{ $name }} is {{ $request }} but {{ $path }}.limits.{{ $name }} is {{ $limit }}: Kubernetes refuses requests above limits. Raise the limit or lower the request.
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- $limits := (.Values.resources | default dict).limits | default dict }}
{{- $worker := include "pyweb.worker" . | fromYaml }}
{{- if hasKey $limits "memory" }}
{{- if lt (include "pyweb.quantity" $limits.memory | float64) (mulf $worker.memory 1048576) }}
resources.limits.memory is {{ $limits.memory }}: {{ .Values.server.worker }} with server.workers {{ int .Values.server.workers }} takes about {{ int $worker.memory }}Mi before your app has loaded anything, and would be killed at start. Raise it well above {{ int $worker.memory }}Mi, or lower server.workers.
{{- end }}
{{- end }}
{{- $tmpLimit := ternary "memory" "ephemeral-storage" (eq .Values.tmp.medium "Memory") }}
{{- range $path, $resources := dict "resources" .Values.resources "migration.resources" .Values.migration.resources }}
{{- $limits := ($resources | default dict).limits | default dict }}
{{- if hasKey $limits $tmpLimit }}
{{- $limit := get $limits $tmpLimit }}
{{- if ge (include "pyweb.quantity" $.Values.tmp.sizeLimit | float64) (include "pyweb.quantity" $limit | float64) }}
tmp.sizeLimit is {{ $.Values.tmp.sizeLimit }} but {{ $path }}.limits.{{ $tmpLimit }} is {{ $limit }}: a full /tmp {{ ternary "lives in memory and would get the app killed" "would get the pod evicted" (eq $tmpLimit "memory") }}. Lower tmp.sizeLimit or raise the limit{{ if eq $tmpLimit "memory" }}, or set tmp.medium to ""{{ end }}.
{{- end }}
{{- end }}
{{- end }}
{{- end -}}
