{{/* What Granian cannot do. */}}
{{- define "pyweb.validate.granian" -}}
{{- $server := .Values.server -}}
{{- if eq $server.worker "granian" }}
{{- if gt (int $server.maxRequests) 0 }}
server.maxRequests is {{ int $server.maxRequests }} with server.worker granian: Granian does not count requests. Remove server.maxRequests, or replace processes by age or memory with server.extraArgs ["--workers-lifetime=6h"] or ["--workers-max-rss=400"].
{{- end }}
{{- if $server.preload }}
server.preload is true with server.worker granian: every process imports the app itself. Remove server.preload, or use a Gunicorn worker.
{{- end }}
{{- if lt (int $server.backlog) 128 }}
server.backlog is {{ int $server.backlog }} with server.worker granian, which takes no less than 128. Raise it to 128 or more.
{{- end }}
{{- if eq (toString $server.lifespan) "on" }}
server.lifespan is "on" with server.worker granian: Granian serves all the same when lifespan start-up raises an error. Remove server.lifespan, or use server.worker uvicorn.
{{- end }}
{{- if and (eq $server.interface "wsgi") (gt (int $server.maxInFlight) 0) }}
server.maxInFlight is {{ int $server.maxInFlight }} with server.worker granian: Granian does not tell how many requests wait for a thread, so none would be refused. Remove server.maxInFlight, and bound them with server.connections.
{{- end }}
{{- if and (not (kindIs "invalid" .Values.timeouts.connectionAge)) (gt (int .Values.timeouts.connectionAge) 0) }}
timeouts.connectionAge is {{ int .Values.timeouts.connectionAge }} with server.worker granian: Granian takes "Connection: close" out of responses, so that nobody can announce the end of a connection. Remove timeouts.connectionAge, or use another worker.
{{- end }}
{{- if and $server.forwardedAllowIps (not $server.pyweb) }}
server.forwardedAllowIps is set with server.worker granian: Granian alone ignores X-Forwarded-*. Set server.pyweb to true (it reads them), or use another worker.
{{- end }}
{{- end }}
{{- end -}}
