{{/*
Seconds, rounded up, of a duration like 30s or 1m30s. Helm has no function for it.
*/}}
{{- define "loadproof.seconds" -}}
{{- $hours := regexFind "[0-9]+h" . | trimSuffix "h" | default "0" | int -}}
{{- $minutes := regexFind "[0-9]+m" . | trimSuffix "m" | default "0" | int -}}
{{- $seconds := regexFind "[0-9.]+s" . | trimSuffix "s" | default "0" | float64 | ceil | int -}}
{{- add (mul $hours 3600) (mul $minutes 60) $seconds -}}
{{- end -}}

{{/*
Seconds that the whole run takes by plan.
*/}}
{{- define "loadproof.plannedSeconds" -}}
{{- $total := 0 -}}
{{- range .Values.stages -}}
{{- $total = add $total (include "loadproof.seconds" (splitList ":" . | first) | int) -}}
{{- end -}}
{{- if not .Values.stages -}}
{{- $total = include "loadproof.seconds" .Values.duration | int -}}
{{- end -}}
{{- $total -}}
{{- end -}}
