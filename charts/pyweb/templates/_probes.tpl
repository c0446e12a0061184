{{/*
startupProbe, readinessProbe and livenessProbe of the app's container.
With pyweb they ask the management port, which answers while every request thread is busy. Without it liveness is TCP: an HTTP
request would wait behind a busy pool, and pods would be killed for being busy.
With pyweb the startup probe asks whether the app is imported and served, not whether it is ready: a pod that starts while the database
is away becomes unready, and is not restarted for it.
*/}}
{{- define "pyweb.probes" -}}
{{- $timeouts := include "pyweb.timeouts" . | fromYaml -}}
{{- $pyweb := .Values.server.pyweb -}}
{{- $tcp := dict "tcpSocket" (dict "port" "http") -}}
{{- $ready := ternary (dict "httpGet" (dict "path" "/readyz" "port" "management")) $tcp $pyweb -}}
{{- $live := ternary (dict "httpGet" (dict "path" "/livez" "port" "management")) $tcp $pyweb -}}
{{- $readyGiven := include "pyweb.probe.handler" .Values.readinessProbe | fromYaml -}}
{{- $started := $readyGiven -}}
{{- if $pyweb -}}
{{- $started = dict "httpGet" (dict "path" "/startupz" "port" "management") -}}
{{- else if not $readyGiven -}}
{{- $started = dict "exec" (dict "command" (list "python3" "-c" (include "pyweb.probe.anyAnswer" .))) -}}
{{- end -}}
{{- if .Values.startupProbe.enabled }}
startupProbe:
  {{- include "pyweb.probe" (dict "probe" .Values.startupProbe "handler" $started) | nindent 2 }}
{{- end }}
{{- if .Values.readinessProbe.enabled }}
readinessProbe:
  {{- include "pyweb.probe" (dict "probe" .Values.readinessProbe "handler" $ready) | nindent 2 }}
{{- end }}
{{- if .Values.livenessProbe.enabled }}
livenessProbe:
  {{- $probe := merge (dict "failureThreshold" (int $timeouts.livenessFailures)) .Values.livenessProbe }}
  {{- include "pyweb.probe" (dict "probe" $probe "handler" $live) | nindent 2 }}
{{- end }}
{{- end -}}

{{/* One probe: its own handler, or the derived one. Context: probe, handler. */}}
{{- define "pyweb.probe" -}}
{{- $given := include "pyweb.probe.handler" .probe | fromYaml -}}
{{- toYaml (merge (omit .probe "enabled" "httpGet" "exec" "grpc" "tcpSocket") ($given | default .handler)) -}}
{{- end -}}

{{/* The handler that a probe's values name, if any; an httpGet without a port asks the app. */}}
{{- define "pyweb.probe.handler" -}}
{{- $handler := pick . "httpGet" "exec" "grpc" "tcpSocket" | deepCopy -}}
{{- if hasKey $handler "httpGet" -}}
{{- $_ := set $handler "httpGet" (merge $handler.httpGet (dict "port" "http")) -}}
{{- end -}}
{{- toYaml $handler -}}
{{- end -}}

{{/*
Whether the app answers HTTP at all, whatever the status. For images of which the chart knows no health route: Gunicorn listens
before the app is imported, so that an open port proves nothing.
*/}}
{{- define "pyweb.probe.anyAnswer" -}}
{{- $host := ternary "::1" "127.0.0.1" (eq .Values.server.host "[::]") -}}
import http.client; connection = http.client.HTTPConnection("{{ $host }}", {{ int .Values.server.port }}, timeout={{ int .Values.startupProbe.timeoutSeconds }}); connection.request("GET", "/"); connection.getresponse()
{{- end -}}
