{{/* What the chart derived, in the words of an operator. */}}
{{- define "pyweb.notes" -}}
{{- $values := .Values -}}
{{- $worker := include "pyweb.worker" . | fromYaml -}}
{{- $t := include "pyweb.timeouts" . | fromYaml -}}
{{- $autoscaling := include "pyweb.autoscaling" . | fromYaml -}}
{{ include "pyweb.fullname" . }}: {{ $values.app }} on {{ $values.server.worker }}{{ if $values.server.pyweb }} with pyweb{{ end }}

  in the cluster  http://{{ include "pyweb.fullname" . }}.{{ .Release.Namespace }}:{{ int $values.service.port }}
  on this machine kubectl --namespace {{ .Release.Namespace }} port-forward service/{{ include "pyweb.fullname" . }} {{ int $values.server.port }}:{{ int $values.service.port }}
{{- if $values.helmTest.enabled }}
  try it          helm test {{ .Release.Name }} --namespace {{ .Release.Namespace }}
{{- end }}

Derived from timeouts.request {{ int $t.request }} s, timeouts.edgeIdle {{ int $t.edgeIdle }} s, timeouts.drain {{ int $t.drain }} s:
  one pod runs    {{ int $worker.concurrency }} requests at a time ({{ $worker.concurrencyOf }})
{{- with int $worker.maxInFlight }}
  further ones    wait; with more than {{ . }} in flight in a process they are answered 503 at once
{{- end }}
  a pod stops in  at most {{ int $t.terminationGracePeriod }} s: {{ int $t.drain }} s until traffic is gone, up to {{ int $t.graceful }} s for requests in flight
{{- if $worker.keepsAlive }}
  keep-alive      {{ int $t.keepAlive }} s, longer than the load balancer's {{ int $t.edgeIdle }} s{{ if gt (int $t.connectionAge) 0 }}; a connection ends after {{ int $t.connectionAge }} s{{ end }}
{{- end }}
{{- if eq $worker.server "gunicorn" }}
  a stuck worker  is replaced after {{ int $t.worker }} s{{ if $values.livenessProbe.enabled }}; the container restarts if that does not help, after {{ int $t.liveness }} s at the earliest{{ end }}
{{- else if $values.livenessProbe.enabled }}
  a stuck pod     is restarted by its liveness probe{{ if $values.server.pyweb }}, {{ int $t.stuck }} + {{ int $t.liveness }} s after its {{ ternary "loop stopped" "last thread got stuck" $worker.loop }} at the earliest{{ else }} only when it accepts no connection; with server.pyweb also when {{ ternary "its event loop stands still" "all its threads are stuck" $worker.loop }}{{ end }}
{{- end }}
{{- include "pyweb.notes.rollout" . }}
{{- if $values.autoscaling.enabled }}
  autoscaling     {{ int $values.autoscaling.minReplicas }} to {{ int $values.autoscaling.maxReplicas }} pods by {{ ternary "KEDA" "a HorizontalPodAutoscaler" (eq $autoscaling.engine "keda") }}
{{- if and (eq $autoscaling.engine "keda") (ne $values.autoscaling.signal.source "none") }}, {{ $autoscaling.target }} requests in flight per pod{{ end }}
{{- if gt (int $autoscaling.cpu) 0 }}, {{ int $autoscaling.cpu }} % CPU{{ end }}
{{- with $autoscaling.because }} (auto: {{ . }}){{ end }}
{{- end }}
{{- with include "pyweb.database" . | fromYaml }}
  database        at most {{ .connections }} of {{ int $values.database.maxConnections }} connections, {{ .pool }} in the pool of each process
{{- end }}
{{- with include "pyweb.notes.warnings" . | trim }}

Look at these:
{{ . }}
{{- end }}
{{- end -}}

{{- define "pyweb.notes.rollout" -}}
{{- $t := include "pyweb.timeouts" . | fromYaml -}}
{{- $rolling := .Values.strategy.rollingUpdate | default dict -}}
{{- $surge := toString ($rolling.maxSurge | default 1) -}}
{{- if and (eq .Values.strategy.type "RollingUpdate") (regexMatch "^[0-9]+$" $surge) (not .Values.autoscaling.enabled) (gt (int .Values.replicaCount) 0) }}
{{- $batches := ceil (divf (int .Values.replicaCount) (max 1 (int $surge))) | int }}
  a rollout takes at most {{ add (mul $batches (add $t.startup .Values.minReadySeconds)) $t.terminationGracePeriod }} s: {{ $batches }} x {{ add $t.startup .Values.minReadySeconds }} s to start, and {{ int $t.terminationGracePeriod }} s until the last old pod is gone
{{- end }}
{{- end -}}

{{- define "pyweb.notes.warnings" -}}
{{- $values := .Values -}}
{{- $worker := include "pyweb.worker" . | fromYaml -}}
{{- $autoscaling := include "pyweb.autoscaling" . | fromYaml -}}
{{- if ne (include "pyweb.image.isVersioned" .) "true" }}
- The image has no tag or digest: nodes may run different builds of "latest". Set image.tag or image.digest.
{{- end }}
{{- if and (not $values.server.pyweb) (not (include "pyweb.probe.handler" $values.readinessProbe | fromYaml)) }}
- Readiness is only an open port. Set readinessProbe.httpGet.path to your app's health route.
{{- end }}
{{- if and (not $values.server.pyweb) (eq $values.server.worker "gevent") }}
- Plain gevent workers take all of timeouts.graceful to stop while clients hold idle connections. server.pyweb stops at once.
{{- end }}
{{- if and (not $values.server.pyweb) (eq $worker.server "granian") }}
- Plain Granian closes idle connections as soon as it stops, and with them the requests that are on their way. server.pyweb announces the end first.
{{- end }}
{{- if and $values.autoscaling.enabled $worker.loop (eq $autoscaling.engine "hpa") }}
- CPU says little about the load of {{ $values.server.worker }}: pods that wait on I/O use none. Prefer KEDA with server.pyweb.
{{- end }}
{{- if and $values.autoscaling.enabled $values.autoscaling.extraTriggers (eq $autoscaling.engine "hpa") }}
- autoscaling.extraTriggers need KEDA and have no effect here: {{ $autoscaling.because }}.
{{- end }}
{{- if and (gt (int $values.server.maxRequests) 0) (has $values.server.worker (list "uvicorn-worker" "uvicorn")) }}
- server.maxRequests with {{ $values.server.worker }} drops some keep-alive requests whenever a process is replaced.
{{- end }}
{{- if and $values.migration.enabled $values.serviceAccount.annotations $values.serviceAccount.create (not $values.migration.serviceAccountName) }}
- The migration runs as the ServiceAccount "default", not with the identity in serviceAccount.annotations. Set migration.serviceAccountName.
{{- end }}
{{- end -}}
