{{/* The whole command line of the server: `command` and `args` of the container. */}}
{{- define "pyweb.server" -}}
{{- $worker := include "pyweb.worker" . | fromYaml -}}
{{- if eq $worker.server "uvicorn" -}}
{{- include "pyweb.server.uvicorn" . -}}
{{- else if eq $worker.server "granian" -}}
{{- include "pyweb.server.granian" . -}}
{{- else -}}
{{- include "pyweb.server.gunicorn" . -}}
{{- end -}}
{{- end -}}

{{- define "pyweb.server.forwardedAllowIps" -}}
{{- .Values.server.forwardedAllowIps | default (list "127.0.0.1" "::1") | join "," -}}
{{- end -}}
