{{/* Whose X-Forwarded-* the server believes. */}}
{{- define "pyweb.validate.trusted-proxies" -}}
{{- $server := .Values.server -}}
{{- $worker := include "pyweb.worker" . | fromYaml -}}
{{- $trusted := $server.forwardedAllowIps | default list }}
{{- range $trusted }}
{{- if include "pyweb.validate.hasHostBits" . }}
server.forwardedAllowIps has {{ . }}: the address has bits beyond its prefix, so that {{ ternary "Gunicorn would not start" "no proxy would be trusted" (eq $worker.server "gunicorn") }}. Write the first address of the network, for instance 10.244.0.0/16.
{{- end }}
{{- end }}
{{- if and (gt (len $trusted) 1) (has "*" $trusted) }}
server.forwardedAllowIps lists "*" among others: "*" trusts every peer, the others have no effect. Keep either "*" or the others.
{{- end }}
{{- end -}}

{{/* Not empty when an IPv4 network (10.244.1.5/16) has bits beyond its prefix. Context: the text. */}}
{{- define "pyweb.validate.hasHostBits" -}}
{{- if regexMatch "^[0-9.]+/[0-9]+$" . -}}
{{- $number := 0 -}}
{{- range splitList "." (first (splitList "/" .)) }}{{ $number = add (mul $number 256) (atoi .) }}{{ end -}}
{{- $size := 1 -}}
{{- range until (sub 32 (atoi (last (splitList "/" .))) | int) }}{{ $size = mul $size 2 }}{{ end -}}
{{- if ne (mod $number $size) 0 }}true{{ end -}}
{{- end -}}
{{- end -}}
