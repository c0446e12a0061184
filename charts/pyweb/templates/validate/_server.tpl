{{/* Ports, the replacement of processes and the access log. */}}
{{- define "pyweb.validate.server" -}}
{{- $server := .Values.server -}}
{{- if and $server.pyweb (eq (int $server.port) (int $server.management.port)) }}
server.management.port is {{ int $server.management.port }}, the same as server.port: the management port must answer while the app's port is busy. Choose another one.
{{- end }}
{{- if and (eq (int $server.maxRequests) 0) (gt (int $server.maxRequestsJitter) 0) }}
server.maxRequestsJitter is {{ int $server.maxRequestsJitter }} while server.maxRequests is 0 (never replace a process): it has no effect. Set server.maxRequests too, or remove server.maxRequestsJitter.
{{- end }}
{{- if and $server.accessLogFormat (not $server.accessLog) }}
server.accessLogFormat is "{{ $server.accessLogFormat }}" but server.accessLog is false: nothing would be written in that format. Set server.accessLog to true, or remove server.accessLogFormat.
{{- end }}
{{- end -}}
