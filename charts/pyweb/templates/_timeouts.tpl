{{/*
All arithmetic on time, in seconds. Three numbers come from the user (timeouts.request, timeouts.edgeIdle, timeouts.drain),
the rest follows; a value that is set replaces its derivation, and validate/_timeouts.tpl checks the result.

  graceful                request + 5: requests in flight at SIGTERM are finished. Gunicorn's asgi worker waits for idle connections
                          too and skips lifespan shutdown when time runs out, so there it also outlasts keepAlive.
  keepAlive               edgeIdle + 15: the edge closes idle connections first. When the server does, a request can meet the closing.
  connectionAge           20: the pods of a scale-up have their share of kept-alive connections within half a minute. Needs pyweb,
                          and a server that lets it announce the end: Granian does not.
  keepAliveLimit          the longest keepAlive that the server's command line takes; 0: any.
  worker                  30: Gunicorn replaces a process without a heartbeat for so long. Only sync beats once per request, so there it
                          must outlast a request.
  gracefulReserve         part of `graceful` that pyweb's Uvicorn worker and its Granian keep for lifespan shutdown.
  stuck                   when /livez calls a process stuck: a loop that did not turn for `worker`; threads that are all busy for longer
                          than any request may take.
  terminationGracePeriod  drain + graceful + 5: Kubernetes counts the preStop hook, and the server needs a moment to leave.
  startup                 the startup probe's budget, for import and start-up of the app.
  livenessFailures        failed probes that restart the container. The first can come right after the process got stuck, so the
                          failures that follow span more than `worker` + 2 (Gunicorn aborts, then kills): Gunicorn comes first.
  liveness                shortest time in which they add up.
*/}}
{{- define "pyweb.timeouts" -}}
{{- $given := .Values.timeouts -}}
{{- $worker := include "pyweb.worker" . | fromYaml -}}
{{- $request := int $given.request -}}
{{- $keepAliveLimit := ternary 60 0 (and (eq $worker.server "granian") (not .Values.server.pyweb)) -}}
{{- $keepAlive := add $given.edgeIdle 15 -}}
{{- if gt $keepAliveLimit 0 }}{{ $keepAlive = min $keepAlive $keepAliveLimit }}{{ end -}}
{{- $keepAlive = int (ternary $keepAlive $given.keepAlive (kindIs "invalid" $given.keepAlive)) -}}
{{- $connectionAge := ternary 20 0 (and .Values.server.pyweb $worker.keepsAlive (ne $worker.server "granian")) -}}
{{- $connectionAge = int (ternary $connectionAge $given.connectionAge (kindIs "invalid" $given.connectionAge)) -}}
{{- $mustOutlast := ternary (max $request $keepAlive) $request (eq .Values.server.worker "asgi") -}}
{{- $graceful := int (ternary (add $mustOutlast 5) $given.graceful (kindIs "invalid" $given.graceful)) -}}
{{- $heartbeat := ternary (max 30 (add $request 5)) 30 (eq .Values.server.worker "sync") -}}
{{- $heartbeat = int (ternary $heartbeat $given.worker (kindIs "invalid" $given.worker)) -}}
{{- $endsRequests := or (eq .Values.server.worker "uvicorn-worker") (and (eq $worker.server "granian") $worker.loop) -}}
{{- $reserve := ternary 2 0 (and .Values.server.pyweb $endsRequests) -}}
{{- $grace := add $given.drain $graceful 5 -}}
{{- $grace = int (ternary $grace $given.terminationGracePeriod (kindIs "invalid" $given.terminationGracePeriod)) -}}
{{- $startup := .Values.startupProbe -}}
{{- $liveness := .Values.livenessProbe -}}
{{- $failures := ternary 3 (add 2 (div (add $heartbeat 2) $liveness.periodSeconds)) (ne $worker.server "gunicorn") -}}
{{- $failures = int (ternary $failures $liveness.failureThreshold (kindIs "invalid" $liveness.failureThreshold)) -}}
{{- dict
      "request" $request
      "edgeIdle" (int $given.edgeIdle)
      "drain" (int $given.drain)
      "graceful" $graceful
      "gracefulReserve" $reserve
      "keepAlive" $keepAlive
      "connectionAge" $connectionAge
      "keepAliveLimit" $keepAliveLimit
      "worker" $heartbeat
      "stuck" (ternary $heartbeat (max $heartbeat (add $request 5)) $worker.loop)
      "terminationGracePeriod" $grace
      "startup" (add (int $startup.initialDelaySeconds) (mul $startup.periodSeconds $startup.failureThreshold))
      "livenessFailures" $failures
      "liveness" (mul $liveness.periodSeconds (sub $failures 1))
    | toYaml -}}
{{- end -}}
