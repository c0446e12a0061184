{{/* Amounts of resources. */}}
{{- define "pyweb.validate.kubernetes-quantities" -}}
{{- range $path, $resources := dict "resources" .Values.resources "migration.resources" .Values.migration.resources }}
{{- range $kind, $amounts := pick ($resources | default dict) "requests" "limits" }}
{{- range $name, $amount := $amounts }}
{{- $text := include "pyweb.scalar" $amount }}
{{- if eq $name "cpu" }}
{{- if not (regexMatch "^([0-9]+m|[0-9]+|[0-9]*\\.[0-9]{1,3})$" $text) }}
{{ $path }}.{{ $kind }}.cpu is {{ $text }}: that is no amount of CPU. Write cores, for instance 0.5, or thousandths of a core, for instance 500m.
{{- end }}
{{- else if has $name (list "memory" "ephemeral-storage") }}
{{- if not (regexMatch "^([0-9]+(\\.[0-9]+)?([kMGTPE]|[KMGTPE]i|[eE][0-9]+)|[0-9]{6,})$" $text) }}
{{ $path }}.{{ $kind }}.{{ $name }} is {{ $text }}: that is no amount of {{ ternary "memory" "storage" (eq $name "memory") }} that a container can live with{{ if hasSuffix "m" $text }} (m means thousandths of a byte){{ end }}. Write a number with a unit, for instance 256Mi or 256M.
{{- end }}
{{- else if not (regexMatch "^(hugepages-[0-9]+[KMGT]i|[a-z0-9.-]+/[A-Za-z0-9_.-]+)$" $name) }}
{{ $path }}.{{ $kind }} has "{{ $name }}": Kubernetes knows no such resource. Write cpu, memory, ephemeral-storage, hugepages-<size>, or a name with a domain such as nvidia.com/gpu.
{{- else if and (contains "/" $name) (not (regexMatch "^[0-9]+$" $text)) }}
{{ $path }}.{{ $kind }}.{{ $name }} is {{ $text }}: such a resource comes in whole pieces. Write a whole number.
{{- else if and (eq $kind "requests") (ne $text (include "pyweb.scalar" (get ($resources.limits | default dict) $name))) }}
{{ $path }}.requests.{{ $name }} is {{ $text }} but {{ $path }}.limits.{{ $name }} is {{ include "pyweb.scalar" (get ($resources.limits | default dict) $name) | default "not set" }}: Kubernetes wants both to be the same. Set the limit only, the request follows it.
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- if le (include "pyweb.quantity" .Values.tmp.sizeLimit | float64) 0.0 }}
tmp.sizeLimit is {{ .Values.tmp.sizeLimit }}: Kubernetes takes that as no limit at all. Set the size that /tmp may have, for instance 64Mi.
{{- end }}
{{- end -}}
