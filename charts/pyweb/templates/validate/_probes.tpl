{{/* Probes, and the time that a rollout needs. */}}
{{- define "pyweb.validate.probes" -}}
{{- $worker := include "pyweb.worker" . | fromYaml -}}
{{- $t := include "pyweb.timeouts" . | fromYaml -}}
{{- $liveness := .Values.livenessProbe -}}
{{- $period := int $liveness.periodSeconds -}}
{{- $failures := int $t.livenessFailures -}}
{{- if and $liveness.enabled (eq $worker.server "gunicorn") (le (int $t.liveness) (int $t.worker)) }}
livenessProbe.failureThreshold is {{ $failures }} with periodSeconds {{ $period }} and timeouts.worker {{ int $t.worker }}: the kubelet can restart the container after ({{ $failures }} - 1) x {{ $period }} = {{ int $t.liveness }} s, before Gunicorn replaces a stuck worker. Remove livenessProbe.failureThreshold (derived: {{ add 2 (div (add $t.worker 2) $period) }}) or lower timeouts.worker below {{ int $t.liveness }}.
{{- end }}
{{- with $liveness.httpGet }}
{{- $port := toString (ternary .port "http" (hasKey . "port")) }}
{{- if and (has $port (list "http" (toString (int $.Values.server.port)))) (le (int $t.liveness) (int $t.request)) }}
livenessProbe.httpGet asks the app's own port, where a probe waits behind requests of up to timeouts.request {{ int $t.request }} s, but the container is restarted after {{ int $t.liveness }} s: pods would be killed for being busy. Remove livenessProbe.httpGet, or set livenessProbe.failureThreshold to {{ add 2 (div $t.request $period) }} or more.
{{- end }}
{{- end }}
{{- $startupProbe := .Values.startupProbe }}
{{- if and $startupProbe.enabled (lt (int $t.startup) 5) }}
startupProbe gives the app {{ int $t.startup }} s (initialDelaySeconds {{ int $startupProbe.initialDelaySeconds }} + periodSeconds {{ int $startupProbe.periodSeconds }} x failureThreshold {{ int $startupProbe.failureThreshold }}): Python takes seconds to import even a small app, and the kubelet would restart the container before it serves. Set startupProbe.failureThreshold so that it gives 5 s or more.
{{- end }}
{{- range $name, $probe := dict "startupProbe" .Values.startupProbe "readinessProbe" .Values.readinessProbe "livenessProbe" $liveness }}
{{- $handlers := keys (pick $probe "httpGet" "exec" "grpc" "tcpSocket") | sortAlpha }}
{{- if gt (len $handlers) 1 }}
{{ $name }} has {{ join " and " $handlers }}: a probe has one handler. Keep one of them.
{{- end }}
{{- range $handler := list "httpGet" "tcpSocket" }}
{{- $port := (get $probe $handler | default dict).port }}
{{- $known := ternary (list "http" "management") (list "http") $.Values.server.pyweb }}
{{- if and (kindIs "string" $port) (not (has $port $known)) }}
{{ $name }}.{{ $handler }}.port is "{{ $port }}": the app's container has no port of that name, and the kubelet would count every probe as failed. Write {{ join " or " $known }}, or a number without quotes{{ if eq $port "management" }}; the management port needs server.pyweb{{ end }}.
{{- end }}
{{- end }}
{{- if and (hasKey $probe "successThreshold") (ne $name "readinessProbe") (ne (int $probe.successThreshold) 1) }}
{{ $name }}.successThreshold is {{ int $probe.successThreshold }}: Kubernetes allows only 1 here. Remove it.
{{- end }}
{{- end }}
{{- $recreates := eq .Values.strategy.type "Recreate" }}
{{- $startup := ternary $t.startup 0 .Values.startupProbe.enabled }}
{{- $needed := add $startup .Values.minReadySeconds (ternary $t.terminationGracePeriod 0 $recreates) | int }}
{{- if le (int .Values.progressDeadlineSeconds) $needed }}
progressDeadlineSeconds is {{ int .Values.progressDeadlineSeconds }} but a pod may take {{ int $startup }} s to start (startupProbe) + minReadySeconds {{ int .Values.minReadySeconds }}{{ if $recreates }} after the old ones had {{ int $t.terminationGracePeriod }} s to stop (strategy.type Recreate){{ end }}: a slow but good rollout would count as failed. Set progressDeadlineSeconds above {{ $needed }}.
{{- end }}
{{- end -}}
