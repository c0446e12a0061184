{{/* The times of a request, a connection and a shutdown against each other. */}}
{{- define "pyweb.validate.timeouts" -}}
{{- $given := .Values.timeouts -}}
{{- $worker := include "pyweb.worker" . | fromYaml -}}
{{- $t := include "pyweb.timeouts" . | fromYaml -}}
{{- $request := int $t.request -}}
{{- $graceful := int $t.graceful -}}
{{- $keepAlive := int $t.keepAlive -}}
{{- $edgeIdle := int $t.edgeIdle -}}
{{- $reserve := int $t.gracefulReserve -}}
{{- if le (sub $graceful $reserve) $request }}
timeouts.graceful is {{ $graceful }} but timeouts.request is {{ $request }}: requests that you promise to finish would be cut {{ sub $graceful $reserve }} s after SIGTERM{{ if $reserve }} (the last {{ $reserve }} s belong to lifespan shutdown){{ end }}. Remove timeouts.graceful (derived: {{ add $request 5 }}), set it above {{ add $request $reserve }}, or lower timeouts.request.
{{- end }}
{{- if and (gt (int $t.connectionAge) 0) (not .Values.server.pyweb) }}
timeouts.connectionAge is {{ int $t.connectionAge }}: only the pyweb package closes old connections, and server.pyweb is false. Install pyweb in the image and set server.pyweb to true, or remove timeouts.connectionAge.
{{- end }}
{{- if and (eq .Values.server.worker "asgi") (le $graceful $keepAlive) }}
timeouts.graceful is {{ $graceful }} but timeouts.keepAlive is {{ $keepAlive }}: at shutdown Gunicorn's asgi worker waits for idle connections, and when timeouts.graceful runs out first, lifespan shutdown never runs. Remove timeouts.graceful (derived: {{ add (max $request $keepAlive) 5 }}) or use server.worker uvicorn-worker.
{{- end }}
{{- $limit := int $t.keepAliveLimit -}}
{{- $tooLong := and (gt $limit 0) (or (gt $keepAlive $limit) (ge $edgeIdle $limit)) -}}
{{- if $tooLong }}
timeouts.keepAlive is {{ $keepAlive }} and timeouts.edgeIdle is {{ $edgeIdle }} with server.worker granian: Granian alone keeps an idle connection for {{ $limit }} s at most, and the load balancer must close it first. Set server.pyweb to true (it allows more), or set timeouts.edgeIdle below {{ $limit }} if your load balancer really has that, and timeouts.keepAlive to {{ $limit }} at most.
{{- end }}
{{- $closesAlways := and (eq $keepAlive 0) (has .Values.server.worker (list "gthread" "gevent")) }}
{{- if and $worker.keepsAlive (le $keepAlive $edgeIdle) (not $closesAlways) (not $tooLong) }}
timeouts.keepAlive is {{ $keepAlive }} but timeouts.edgeIdle is {{ $edgeIdle }}: the server would close idle connections that the load balancer still uses, and clients would see 502. Remove timeouts.keepAlive (derived: {{ add $edgeIdle 15 }}), set it above {{ $edgeIdle }}, or lower timeouts.edgeIdle to what your load balancer really has.
{{- end }}
{{- if and (eq .Values.server.worker "sync") (le (int $t.worker) $request) }}
timeouts.worker is {{ int $t.worker }} but timeouts.request is {{ $request }}: a sync worker beats once per request, so Gunicorn would kill it in the middle of a request. Remove timeouts.worker (derived: {{ max 30 (add $request 5) }}), set it above {{ $request }}, or use server.worker gthread.
{{- end }}
{{- if and (ne $worker.server "gunicorn") (not .Values.server.pyweb) (not (kindIs "invalid" $given.worker)) }}
timeouts.worker is {{ int $given.worker }} with server.worker {{ $worker.server }}: {{ title $worker.server }} alone has no watchdog that would read it. Remove timeouts.worker, set server.pyweb to true (then the liveness probe uses it), or use {{ ternary "server.worker uvicorn-worker" "a Gunicorn worker" (eq $worker.server "uvicorn") }}.
{{- end }}
{{- if le (int $t.terminationGracePeriod) (add $t.drain $graceful | int) }}
timeouts.terminationGracePeriod is {{ int $t.terminationGracePeriod }} but timeouts.drain {{ int $t.drain }} + timeouts.graceful {{ $graceful }} = {{ add $t.drain $graceful }}: Kubernetes would kill the pod before it has finished. Remove timeouts.terminationGracePeriod (derived: {{ add $t.drain $graceful 5 }}) or set it above {{ add $t.drain $graceful }}.
{{- end }}
{{- end -}}
