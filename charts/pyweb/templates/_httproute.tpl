{{/* A rule that redirects must not name a backend. */}}
{{- define "pyweb.httpRoute" -}}
{{- $route := .Values.httpRoute -}}
{{- if $route.enabled -}}
{{- $timeouts := include "pyweb.timeouts" . | fromYaml -}}
{{- $derived := dict "backendRefs" (include "pyweb.httpRoute.backends" . | fromYamlArray) "timeouts" (dict "request" (printf "%ds" (int $timeouts.request))) -}}
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
    - {{ toYaml (ternary . (merge (deepCopy .) $derived) $redirects) | nindent 6 | trim }}
    {{- end }}
{{- end -}}
{{- end -}}

{{/* The app's Service, and those that it shares the traffic with. */}}
{{- define "pyweb.httpRoute.backends" -}}
{{- $route := .Values.httpRoute -}}
{{- $own := dict "name" (include "pyweb.fullname" .) "port" (int .Values.service.port) -}}
{{- if $route.sharedWith -}}
{{- $_ := set $own "weight" (int $route.weight) -}}
{{- end -}}
{{- $backends := list $own -}}
{{- range $route.sharedWith -}}
{{- $backends = append $backends (dict "name" .name "port" (int .port) "weight" (int .weight)) -}}
{{- end -}}
{{- toYaml $backends -}}
{{- end -}}
