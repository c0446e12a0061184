{{/* How an HTTPRoute shares traffic and overrides timeouts. */}}
{{- define "pyweb.validate.http-route" -}}
{{- $values := .Values -}}
{{- $route := $values.httpRoute }}
{{- $hasWeight := not (kindIs "invalid" $route.weight) }}
{{- if and $hasWeight (not $route.sharedWith) }}
httpRoute.weight is {{ int $route.weight }} but httpRoute.sharedWith is empty: there is nothing to share the traffic with. Name the other Service in httpRoute.sharedWith, or remove httpRoute.weight.
{{- end }}
{{- if $route.sharedWith }}
{{- $sum := int $route.weight }}
{{- range $route.sharedWith }}
{{- $sum = add $sum .weight | int }}
{{- if eq .name (include "pyweb.fullname" $) }}
httpRoute.sharedWith names {{ .name }}, the Service of this release itself. Its part is httpRoute.weight; name the other app's Service.
{{- end }}
{{- end }}
{{- if not $hasWeight }}
httpRoute.sharedWith is set but httpRoute.weight is not: the chart cannot tell this app's part of the traffic. Set httpRoute.weight, for instance to 10 beside a weight of 90.
{{- else if eq $sum 0 }}
httpRoute.weight and all weights in httpRoute.sharedWith are 0: every request would be answered with 500. Give one of them more.
{{- end }}
{{- end }}
{{- range $route.rules }}
{{- $limits := .timeouts | default dict }}
{{- if gt (include "pyweb.seconds" ($limits.request | default "0s") | float64) (float64 $values.timeouts.request) }}
httpRoute.rules has timeouts.request {{ $limits.request }} but timeouts.request is {{ int $values.timeouts.request }}: the gateway would wait for requests that a pod which leaves does not finish. Raise timeouts.request, or lower the rule's.
{{- end }}
{{- $backend := include "pyweb.seconds" ($limits.backendRequest | default "0s") | float64 }}
{{- $whole := $limits.request | default (printf "%ds" (int $values.timeouts.request)) }}
{{- if and (gt (include "pyweb.seconds" $whole | float64) 0.0) (gt $backend (include "pyweb.seconds" $whole | float64)) }}
httpRoute.rules has timeouts.backendRequest {{ $limits.backendRequest }} above a request timeout of {{ $whole }}{{ if not $limits.request }} (timeouts.request){{ end }}: the Gateway API refuses that. Lower backendRequest, or set timeouts.request of the rule.
{{- end }}
{{- end }}
{{- end -}}
