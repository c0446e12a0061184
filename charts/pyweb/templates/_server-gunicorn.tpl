{{/*
Gunicorn's command line.
  --worker-tmp-dir     heartbeat files in memory: on a disk they can block a worker, and the root file system is read-only
  --no-control-socket  an admin socket that nobody asked for and that needs a writable home directory
*/}}
{{- define "pyweb.server.gunicorn" -}}
{{- $server := .Values.server -}}
{{- $worker := include "pyweb.worker" . | fromYaml -}}
{{- $timeouts := include "pyweb.timeouts" . | fromYaml -}}
command:
  {{- toYaml ($server.command | default (list "gunicorn")) | nindent 2 }}
args:
  {{- if $server.pyweb }}
  - --config=python:pyweb.gunicorn
  {{- end }}
  - --bind={{ $server.host }}:{{ int $server.port }}
  - --worker-class={{ $worker.class }}
  - --workers={{ int $server.workers }}
  {{- if hasKey $worker "threads" }}
  - --threads={{ int $worker.threads }}
  {{- end }}
  {{- if hasKey $worker "connections" }}
  - --worker-connections={{ int $worker.connections }}
  {{- end }}
  - --backlog={{ int $server.backlog }}
  - --timeout={{ int $timeouts.worker }}
  - --graceful-timeout={{ int $timeouts.graceful }}
  {{- if $worker.keepsAlive }}
  - --keep-alive={{ int $timeouts.keepAlive }}
  {{- end }}
  - --max-requests={{ int $server.maxRequests }}
  - --max-requests-jitter={{ int $server.maxRequestsJitter }}
  {{- if $server.preload }}
  - --preload
  {{- end }}
  - --worker-tmp-dir=/dev/shm
  - --no-control-socket
  - --forwarded-allow-ips={{ include "pyweb.server.forwardedAllowIps" . }}
  {{- if $server.accessLog }}
  - --access-logfile=-
  {{- end }}
  {{- with $server.accessLogFormat }}
  - {{ printf "--access-logformat=%s" . | quote }}
  {{- end }}
  - --log-level={{ $server.logLevel }}
  {{- if eq $server.worker "asgi" }}
  - --asgi-loop={{ $server.loop | default "auto" }}
  - --asgi-lifespan={{ $server.lifespan | default "on" }}
  {{- with $server.rootPath }}
  - {{ printf "--root-path=%s" . | quote }}
  {{- end }}
  {{- end }}
  {{- range $server.extraArgs }}
  - {{ . | quote }}
  {{- end }}
  - {{ .Values.app | quote }}
{{- end -}}
