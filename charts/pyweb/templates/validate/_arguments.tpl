{{/* Flags of the user beside those that the chart renders. */}}
{{- define "pyweb.validate.arguments" -}}
{{- $server := .Values.server -}}
{{- $worker := include "pyweb.worker" . | fromYaml -}}
{{- range $argument := $server.extraArgs }}
{{- if regexMatch "^--(certfile|keyfile|ssl-certfile|ssl-keyfile|ssl-certificate)(=|$)" $argument }}
server.extraArgs has "{{ $argument }}": the server would speak TLS, while probes, Service, Ingress and monitors speak plain HTTP. Remove it, and end TLS at the load balancer or in a proxy in initContainers.
{{- end }}
{{- if and $server.pyweb (eq $worker.server "granian") (regexMatch "^--metrics(=|$)" $argument) }}
server.extraArgs has "{{ $argument }}": Granian would serve metrics of its own beside those of server.pyweb. Remove it, or set server.pyweb to false.
{{- end }}
{{- if regexMatch "^(--help|--version|--check-config|--print-config|-h|-v)$" $argument }}
server.extraArgs has "{{ $argument }}": the server would print something and end instead of serving. Remove it.
{{- end }}
{{- with include "pyweb.validate.renderedFlag" (dict "server" $worker.server "pyweb" $server.pyweb "argument" $argument) }}
server.extraArgs has "{{ $argument }}": the chart renders {{ . }} itself, and two of them contradict each other. Use its own value instead (see `server` and `timeouts` in values.yaml).
{{- end }}
{{- end }}
{{- end -}}

{{/* The flag that the chart renders and that `argument` would set again, also in an abbreviated form. Context: server, pyweb, argument. */}}
{{- define "pyweb.validate.renderedFlag" -}}
{{- $flag := first (splitList "=" .argument) -}}
{{- $short := dict "-b" "--bind" "-k" "--worker-class" "-w" "--workers" "-t" "--timeout" "-D" "--daemon" -}}
{{- $owned := list "--bind" "--worker-class" "--workers" "--threads" "--worker-connections" "--backlog" "--timeout" "--graceful-timeout"
      "--keep-alive" "--max-requests" "--max-requests-jitter" "--preload" "--worker-tmp-dir" "--no-control-socket" "--control-socket"
      "--forwarded-allow-ips" "--access-logfile" "--access-logformat" "--log-level" "--asgi-loop" "--asgi-lifespan" "--root-path"
      "--daemon" "--reload" -}}
{{- if .pyweb -}}
{{- $_ := set $short "-c" "--config" -}}
{{- $owned = append $owned "--config" -}}
{{- end -}}
{{- if eq .server "uvicorn" -}}
{{- $short = dict -}}
{{- $owned = list "--host" "--port" "--uds" "--fd" "--workers" "--backlog" "--timeout-graceful-shutdown" "--timeout-keep-alive"
      "--limit-concurrency" "--limit-max-requests" "--limit-max-requests-jitter" "--forwarded-allow-ips" "--access-log" "--no-access-log"
      "--log-level" "--loop" "--lifespan" "--root-path" "--factory" "--reload" "--proxy-headers" "--no-proxy-headers" -}}
{{- end -}}
{{- if eq .server "granian" -}}
{{- $short = dict -}}
{{- $owned = list "--host" "--port" "--uds" "--interface" "--http" "--workers" "--blocking-threads" "--backlog" "--backpressure"
      "--workers-kill-timeout" "--http1-header-read-timeout" "--http1-keep-alive" "--no-http1-keep-alive" "--respawn-failed-workers"
      "--no-respawn-failed-workers" "--forwarded-allow-ips" "--access-log" "--no-access-log" "--access-log-fmt" "--log-level" "--loop"
      "--factory" "--no-factory" "--reload" -}}
{{- end -}}
{{- if not (hasPrefix "--" $flag) -}}
{{- get $short (trunc 2 $flag) -}}
{{- else if has $flag $owned -}}
{{- $flag -}}
{{- else if eq .server "gunicorn" -}}
{{- range $owned -}}
{{- if hasPrefix $flag . -}}{{ . }} {{ end -}}
{{- end -}}
{{- end -}}
{{- end -}}
