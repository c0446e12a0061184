{{/* A rule that redirects must not name a backend. */}}
{{- define "pyweb.httpRoute" -}}
{{- $route := .Values.httpRoute -}}
{{- if $route.enabled -}}
{{- $timeouts := include "pyweb.timeouts" . | fromYaml -}}
{{- $backend := dict "name" (include "pyweb.fullname" .) "port" (int .Values.service.port) -}}
{{- $derived := dict "backendRefs" (list $backend) "timeouts" (dict "request" (printf "%ds" (int $timeouts.request))) -}}
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  {{- include "pyweb.metadata" (dict "root" . "labels" $route.labels "annotations" $route.annotations) | nindent 2 }}
spec:
  parentRefs:
    {{- toYaml $route.parentRefs | nindent 4 }}
  {{- with $route.hostnames }}
  hostnames:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  rules:
    {{- range $route.rules | default (list dict) }}
    {{- $redirects := false }}
    {{- range .filters }}{{ if eq .type "RequestRedirect" }}{{ $redirects = true }}{{ end }}{{ end }}
    - {{ toYaml (ternary . (merge (dict) . $derived) $redirects) | nindent 6 | trim }}
    {{- end }}
{{- end -}}
{{- end -}}
