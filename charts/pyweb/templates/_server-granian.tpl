{{/*
Granian's command line.
  --http=1                       what the other servers speak; while Granian waits for either version, it never closes a silent connection
  --http1-header-read-timeout    in milliseconds; it counts from the end of a response, so that it is also the keep-alive time
  --workers-kill-timeout         without it Granian waits for requests for ever
  --respawn-failed-workers       without it the whole container restarts
*/}}
{{- define "pyweb.server.granian" -}}
{{- $server := .Values.server -}}
{{- $worker := include "pyweb.worker" . | fromYaml -}}
{{- $timeouts := include "pyweb.timeouts" . | fromYaml -}}
command:
  {{- toYaml ($server.command | default (ternary (list "python" "-m" "pyweb.granian") (list "granian") $server.pyweb)) | nindent 2 }}
args:
  - {{ trimSuffix "()" .Values.app | quote }}
  {{- if hasSuffix "()" .Values.app }}
  - --factory
  {{- end }}
  - --interface={{ ternary "asginl" $server.interface (eq (toString $server.lifespan) "off") }}
  - --http=1
  - {{ printf "--host=%s" (trimAll "[]" $server.host) | quote }}
  - --port={{ int $server.port }}
  - --workers={{ int $server.workers }}
  {{- if hasKey $worker "threads" }}
  - --blocking-threads={{ int $worker.threads }}
  {{- end }}
  - --backlog={{ int $server.backlog }}
  - --backpressure={{ int $worker.connections }}
  - --workers-kill-timeout={{ int $timeouts.graceful }}
  - --http1-header-read-timeout={{ mul 1000 $timeouts.keepAlive }}
  - --respawn-failed-workers
  {{- if $server.pyweb }}
  - --forwarded-allow-ips={{ include "pyweb.server.forwardedAllowIps" . }}
  {{- end }}
  - {{ ternary "--access-log" "--no-access-log" $server.accessLog }}
  {{- with $server.accessLogFormat }}
  - {{ printf "--access-log-fmt=%s" . | quote }}
  {{- end }}
  - --log-level={{ $server.logLevel }}
  {{- if $worker.loop }}
  - --loop={{ $server.loop | default "auto" }}
  {{- end }}
  {{- range $server.extraArgs }}
  - {{ . | quote }}
  {{- end }}
{{- end -}}
