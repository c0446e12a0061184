{{/* What the chosen worker does with the values of `server`, with and without pyweb. */}}
{{- define "pyweb.validate.worker" -}}
{{- $server := .Values.server -}}
{{- $worker := include "pyweb.worker" . | fromYaml -}}
{{- if and (not $server.pyweb) (gt (int $server.maxInFlight) 0) }}
server.maxInFlight is {{ int $server.maxInFlight }}: only the pyweb package refuses requests, and server.pyweb is false. Install pyweb in the image and set server.pyweb to true, or remove server.maxInFlight.
{{- end }}
{{- if and (has $server.worker (list "gevent" "granian")) (ge (int $worker.maxInFlight) (int $worker.connections)) }}
server.maxInFlight is {{ int $worker.maxInFlight }} with {{ int $worker.connections }} server.connections: {{ $server.worker }} accepts no further connection before so many requests are in flight, so none would be refused. Set server.maxInFlight below {{ int $worker.connections }}, or remove it (derived: {{ int $worker.derivedMaxInFlight }}).
{{- end }}
{{- if not $server.pyweb }}
{{- if eq $server.doctor "strict" }}
server.doctor is strict: only the pyweb package makes start-up checks, and server.pyweb is false. Install pyweb in the image and set server.pyweb to true, or remove server.doctor.
{{- end }}
{{- with $server.podNameHeader }}
server.podNameHeader is "{{ . }}": only the pyweb package sends it, and server.pyweb is false. Install pyweb in the image and set server.pyweb to true, or remove server.podNameHeader.
{{- end }}
{{- if and $server.preload (eq $server.worker "gevent") }}
server.preload is true with server.worker gevent: the app would be imported before gevent patches the standard library, and block. Set server.pyweb to true (it patches first) or server.preload to false.
{{- end }}
{{- end }}
{{- if and $server.pyweb (eq $worker.server "uvicorn") (gt (int $server.workers) 1) }}
server.workers is {{ int $server.workers }} with server.worker uvicorn and server.pyweb: pyweb runs Uvicorn as one process. Set server.workers to 1 and raise replicaCount, or use server.worker uvicorn-worker.
{{- end }}
{{- end -}}
