{{/* Uvicorn's command line. */}}
{{- define "pyweb.server.uvicorn" -}}
{{- $server := .Values.server -}}
{{- $timeouts := include "pyweb.timeouts" . | fromYaml -}}
command:
  {{- toYaml ($server.command | default (ternary (list "python" "-m" "pyweb.uvicorn") (list "uvicorn") $server.pyweb)) | nindent 2 }}
args:
  - {{ trimSuffix "()" .Values.app | quote }}
  {{- if hasSuffix "()" .Values.app }}
  - --factory
  {{- end }}
  - {{ printf "--host=%s" (trimAll "[]" $server.host) | quote }}
  - --port={{ int $server.port }}
  - --workers={{ int $server.workers }}
  - --backlog={{ int $server.backlog }}
  - --timeout-graceful-shutdown={{ int $timeouts.graceful }}
  - --timeout-keep-alive={{ int $timeouts.keepAlive }}
  {{- if not (kindIs "invalid" $server.limitConcurrency) }}
  - --limit-concurrency={{ int $server.limitConcurrency }}
  {{- end }}
  {{- if gt (int $server.maxRequests) 0 }}
  - --limit-max-requests={{ int $server.maxRequests }}
  - --limit-max-requests-jitter={{ int $server.maxRequestsJitter }}
  {{- end }}
  - --forwarded-allow-ips={{ include "pyweb.server.forwardedAllowIps" . }}
  {{- if not $server.accessLog }}
  - --no-access-log
  {{- end }}
  - --log-level={{ $server.logLevel }}
  - --loop={{ $server.loop | default "auto" }}
  - --lifespan={{ $server.lifespan | default "auto" }}
  {{- with $server.rootPath }}
  - {{ printf "--root-path=%s" . | quote }}
  {{- end }}
  {{- range $server.extraArgs }}
  - {{ . | quote }}
  {{- end }}
{{- end -}}
