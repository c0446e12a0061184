{{/*
The arguments of `loadproof run` as a YAML list.
*/}}
{{- define "loadproof.arguments" -}}
- run
- {{ printf "--target=%s" (required "target is required: the base URL of the app, like http://my-api" .Values.target) | quote }}
- --scenario={{ if hasKey (.Values.scenarios | default dict) .Values.scenario }}/scenarios/{{ .Values.scenario }}.py{{ else }}{{ .Values.scenario }}{{ end }}
{{- range .Values.stages }}
- {{ printf "--stage=%s" . | quote }}
{{- else }}
{{- if .Values.users }}
- --users={{ .Values.users }}
{{- else }}
- --rate={{ .Values.rate }}
{{- end }}
- --duration={{ .Values.duration }}
- --ramp={{ .Values.ramp }}
{{- end }}
- --timeout={{ .Values.timeout }}
- --connections={{ .Values.connections }}
- --requests-per-connection={{ .Values.requestsPerConnection }}
- --min-requests={{ .Values.minRequests }}
- --max-lag={{ .Values.maxLag }}
{{- range $metric, $limit := omit .Values.slo "endpoints" }}
{{- if not (kindIs "invalid" $limit) }}
- --slo={{ $metric }}={{ $limit }}
{{- end }}
{{- end }}
{{- range $endpoint, $objectives := .Values.slo.endpoints }}
{{- range $metric, $limit := $objectives }}
- {{ printf "--slo=%s %s=%v" $endpoint $metric $limit | quote }}
{{- end }}
{{- end }}
{{- range $name, $value := .Values.parameters }}
- {{ printf "--param=%s=%v" $name $value | quote }}
{{- end }}
{{- range $name, $value := .Values.notes }}
- {{ printf "--note=%s=%v" $name $value | quote }}
{{- end }}
{{- if .Values.workers }}
- --workers={{ .Values.workers }}
{{- end }}
{{- with .Values.podHeader }}
- --pod-header={{ . }}
{{- end }}
{{- if .Values.insecure }}
- --insecure
{{- end }}
- --report=/report
- --archive
- --termination-log=/dev/termination-log
{{- end -}}
