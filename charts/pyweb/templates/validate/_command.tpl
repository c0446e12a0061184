{{/* A command line before the server's own flags. */}}
{{- define "pyweb.validate.command" -}}
{{- $server := .Values.server -}}
{{- $worker := include "pyweb.worker" . | fromYaml -}}
{{- with $server.command }}
{{- $programs := list }}
{{- range . }}{{ $programs = append $programs (base .) }}{{ end }}
{{- $first := ternary (index (append $programs "") 1) (first $programs) (eq (first $programs) "env") }}
{{- if has $first (list "sh" "bash" "ash" "dash") }}
server.command starts a shell ({{ first . }}): the shell gets SIGTERM instead of the server, so that pods are killed in the middle of requests. Name the program itself, for instance ["{{ $worker.server }}"].
{{- end }}
{{- range without (list "gunicorn" "uvicorn" "granian") $worker.server }}
{{- if or (has . $programs) (has (printf "pyweb.%s" .) $programs) }}
server.command starts {{ . }} but server.worker is {{ $server.worker }}, whose flags are those of {{ $worker.server }}. Name {{ $worker.server }} in server.command, or choose another server.worker.
{{- end }}
{{- end }}
{{- if and $server.pyweb (ne $worker.server "gunicorn") (has $worker.server $programs) }}
server.command starts {{ $worker.server }} alone but server.pyweb is true: nobody would listen on the management port, and pods would never become ready. Write ["python", "-m", "pyweb.{{ $worker.server }}"] after whatever comes before it, or set server.pyweb to false.
{{- end }}
{{- end }}
{{- end -}}
