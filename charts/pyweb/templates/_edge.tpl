{{/*
The timeouts, said to the load balancer in front. Its own idle timeout towards the pods is a value of the user (timeouts.edgeIdle)
where it can only be set for the whole controller (ingress-nginx: upstream-keepalive-timeout) or not at all (Google: 600).
*/}}
{{- define "pyweb.edge.ingressAnnotations" -}}
{{- $timeouts := include "pyweb.timeouts" . | fromYaml -}}
{{- if eq .Values.ingress.controller "nginx" }}
nginx.ingress.kubernetes.io/proxy-read-timeout: {{ int $timeouts.request | quote }}
nginx.ingress.kubernetes.io/proxy-send-timeout: {{ int $timeouts.request | quote }}
{{- else if eq .Values.ingress.controller "alb" }}
alb.ingress.kubernetes.io/target-type: ip
{{- range $name, $derived := dict
      "load-balancer-attributes" (printf "idle_timeout.timeout_seconds=%d" (int $timeouts.edgeIdle))
      "target-group-attributes" (printf "deregistration_delay.timeout_seconds=%d" (int $timeouts.graceful)) }}
alb.ingress.kubernetes.io/{{ $name }}: {{ include "pyweb.edge.attributes" (dict "own" (get ($.Values.ingress.annotations | default dict) (printf "alb.ingress.kubernetes.io/%s" $name)) "derived" $derived) | quote }}
{{- end }}
{{- with include "pyweb.edge.healthCheck" . | fromYaml }}
alb.ingress.kubernetes.io/healthcheck-path: {{ .path | quote }}
alb.ingress.kubernetes.io/healthcheck-port: {{ int .port | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/* A list of attributes in which the derived one is added to the user's own, unless they have it. Context: own, derived. */}}
{{- define "pyweb.edge.attributes" -}}
{{- if contains (first (splitList "=" .derived)) .own -}}
{{- .own -}}
{{- else -}}
{{- compact (list .own .derived) | join "," -}}
{{- end -}}
{{- end -}}

{{/* Annotations of the Service: Google's load balancer finds its settings and the pods through it. */}}
{{- define "pyweb.edge.serviceAnnotations" -}}
{{- if and .Values.ingress.enabled (eq .Values.ingress.controller "gke") }}
cloud.google.com/neg: '{"ingress": true}'
cloud.google.com/backend-config: '{"default": {{ include "pyweb.fullname" . | quote }}}'
{{- end }}
{{- end -}}

{{/* Google's load balancer is configured by an object, not by annotations. */}}
{{- define "pyweb.backendConfig" -}}
{{- if and .Values.ingress.enabled (eq .Values.ingress.controller "gke") -}}
{{- $timeouts := include "pyweb.timeouts" . | fromYaml -}}
{{- $check := include "pyweb.edge.healthCheck" . | fromYaml -}}
apiVersion: cloud.google.com/v1
kind: BackendConfig
metadata:
  {{- include "pyweb.metadata" (dict "root" .) | nindent 2 }}
spec:
  timeoutSec: {{ int $timeouts.request }}
  connectionDraining:
    drainingTimeoutSec: {{ int $timeouts.graceful }}
  healthCheck:
    type: HTTP
    requestPath: {{ $check.path | quote }}
    port: {{ int $check.port }}
{{- end -}}
{{- end -}}

{{/* Where a load balancer that checks the pods itself should ask: path and port of the readiness probe. Empty when it is not HTTP. */}}
{{- define "pyweb.edge.healthCheck" -}}
{{- $given := include "pyweb.probe.handler" .Values.readinessProbe | fromYaml -}}
{{- $check := dict -}}
{{- if $given.httpGet -}}
{{- $ports := dict "http" .Values.server.port "management" .Values.server.management.port -}}
{{- $port := toString $given.httpGet.port -}}
{{- $check = dict "path" $given.httpGet.path "port" (int (ternary (get $ports $port) $port (hasKey $ports $port))) -}}
{{- else if and .Values.server.pyweb (not $given) -}}
{{- $check = dict "path" "/readyz" "port" (int .Values.server.management.port) -}}
{{- end -}}
{{- toYaml $check -}}
{{- end -}}

{{/* Not empty when one of the NetworkPolicy peers is an address range. */}}
{{- define "pyweb.edge.hasIpBlock" -}}
{{- range . }}{{ if hasKey . "ipBlock" }}true{{ end }}{{ end -}}
{{- end -}}
