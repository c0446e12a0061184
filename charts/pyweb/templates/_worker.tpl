{{/*
What a worker type is. The one place that knows; everything else asks here.
  server       gunicorn, uvicorn or granian
  class        Gunicorn's worker class
  loop         true when one event loop or gevent hub runs all requests of a process
  threads      threads of a process (gthread, granian for WSGI)
  connections  connections of a process (gthread, gevent, granian)
  keepsAlive   true when connections stay open after a response
  concurrency  requests that the pod runs at a time
  maxInFlight  requests in flight of a process above which pyweb refuses further ones: what is accepted must be answered before its
               client gives up. Under three times its load, a quarter of a core answered reads from a database within 3.5 s with 200
               of them in flight, 1.5 s with 100 and 0.8 s with 50, and no fewer with 100 than with 50; without a limit hardly any
               within 10 s. gevent and Granian accept no more than their connections, so there it begins before that, and Granian
               does not show what waits for its threads. 0: never
  derivedMaxInFlight  what maxInFlight is when server.maxInFlight is null
  concurrencyOf  how `concurrency` came about
  memory       MiB that a minimal app takes in this server (proportional set size, measured on Python 3.11: Gunicorn's own process up
               to 19, Granian's 16, each worker process as below, Uvicorn alone 40)
Starlette runs `def` handlers in a pool of 40 threads (the default limiter of anyio); `async def` handlers have no such limit.
*/}}
{{- define "pyweb.worker" -}}
{{- $server := .Values.server -}}
{{- $name := $server.worker -}}
{{- $processes := int $server.workers -}}
{{- $threads := int (ternary 8 $server.threads (kindIs "invalid" $server.threads)) -}}
{{- $refuses := and $server.pyweb (or (kindIs "invalid" $server.maxInFlight) (gt (int $server.maxInFlight) 0)) -}}
{{- $accepted := 100 -}}
{{- /* An idle connection takes the place of a request only where nothing else bounds the requests. */ -}}
{{- $connections := int (ternary (ternary 200 1000 (and (eq $name "gevent") (not $refuses))) $server.connections (kindIs "invalid" $server.connections)) -}}
{{- $limit := max $accepted (mul 4 $threads) -}}
{{- if has $name (list "gevent" "granian") }}{{ $limit = min $limit (div (mul 9 $connections) 10) }}{{ end -}}
{{- if or (not $server.pyweb) (eq $name "sync") (and (eq $name "granian") (eq $server.interface "wsgi")) }}{{ $limit = 0 }}{{ end -}}
{{- $maxInFlight := int (ternary $limit $server.maxInFlight (kindIs "invalid" $server.maxInFlight)) -}}
{{- $asyncSlots := 40 -}}
{{- $worker := dict -}}
{{- if eq $name "gthread" -}}
{{- $worker = dict "class" (ternary "pyweb.workers.ThreadWorker" "gthread" $server.pyweb) "loop" false "threads" $threads "connections" $connections
      "concurrency" (mul $processes $threads) "concurrencyOf" (printf "server.workers %d x server.threads %d" $processes $threads) -}}
{{- else if eq $name "gevent" -}}
{{- $slots := ternary $maxInFlight $connections $refuses -}}
{{- $worker = dict "class" (ternary "pyweb.workers.GeventWorker" "gevent" $server.pyweb) "loop" true "connections" $connections
      "concurrency" (mul $processes $slots)
      "concurrencyOf" (printf "server.workers %d x server.%s %d" $processes (ternary "maxInFlight" "connections" $refuses) $slots) -}}
{{- else if eq $name "sync" -}}
{{- $worker = dict "class" "sync" "loop" false
      "concurrency" $processes "concurrencyOf" (printf "server.workers %d" $processes) -}}
{{- else if and (eq $name "granian") (eq $server.interface "wsgi") -}}
{{- $worker = dict "loop" false "threads" $threads "connections" $connections
      "concurrency" (mul $processes $threads) "concurrencyOf" (printf "server.workers %d x server.threads %d" $processes $threads) -}}
{{- else if eq $name "granian" -}}
{{- $slots := min $connections $asyncSlots -}}
{{- $worker = dict "loop" true "connections" $connections
      "concurrency" (mul $processes $slots) "concurrencyOf" (printf "server.workers %d x %d def handlers" $processes $slots) -}}
{{- else -}}
{{- $class := ternary "asgi" (ternary "pyweb.workers.UvicornWorker" "uvicorn_worker.UvicornWorker" $server.pyweb) (eq $name "asgi") -}}
{{- $slots := int (ternary $asyncSlots $server.limitConcurrency (kindIs "invalid" $server.limitConcurrency)) -}}
{{- $slots = min $slots $asyncSlots -}}
{{- $worker = dict "class" $class "loop" true
      "concurrency" (mul $processes $slots) "concurrencyOf" (printf "server.workers %d x %d def handlers" $processes $slots) -}}
{{- end -}}
{{- $perProcess := get (dict "gthread" 21 "sync" 21 "gevent" 22 "uvicorn-worker" 37 "asgi" 30 "uvicorn" 40 "granian" 19) $name -}}
{{- $_ := set $worker "server" (ternary $name "gunicorn" (has $name (list "uvicorn" "granian"))) -}}
{{- $_ := set $worker "memory" (add (get (dict "gunicorn" 19 "uvicorn" 0 "granian" 16) $worker.server) (mul $processes $perProcess)) -}}
{{- $_ := set $worker "keepsAlive" (ne $name "sync") -}}
{{- $_ := set $worker "maxInFlight" $maxInFlight -}}
{{- $_ := set $worker "derivedMaxInFlight" (int $limit) -}}
{{- toYaml $worker -}}
{{- end -}}
