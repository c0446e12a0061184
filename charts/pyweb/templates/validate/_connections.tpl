{{/* Connections of a process beside its threads. */}}
{{- define "pyweb.validate.connections" -}}
{{- $server := .Values.server -}}
{{- $worker := include "pyweb.worker" . | fromYaml -}}
{{- if and (eq $server.worker "gthread") (gt (int (include "pyweb.timeouts" . | fromYaml).keepAlive) 0) (le (int $worker.connections) (int $worker.threads)) }}
server.connections is {{ int $worker.connections }} with {{ int $worker.threads }} server.threads: Gunicorn keeps idle connections only above the number of threads, so that none would be kept, whatever timeouts.keepAlive says. Set server.connections above {{ int $worker.threads }}, or remove it (derived: 1000).
{{- end }}
{{- if and (eq $server.worker "granian") (not $worker.loop) (lt (int $worker.connections) (int $worker.threads)) }}
server.connections is {{ int $worker.connections }} with {{ int $worker.threads }} server.threads: Granian accepts no more connections than that, so that some threads would never work. Set server.connections to {{ int $worker.threads }} or more, or lower server.threads.
{{- end }}
{{- end -}}
