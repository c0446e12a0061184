{{/* What the load balancers of AWS and Google can do. */}}
{{- define "pyweb.validate.load-balancer" -}}
{{- $values := .Values -}}
{{- $ends := dict "alb" "AWS" "gke" "Google" }}
{{- if and $values.ingress.enabled (hasKey $ends $values.ingress.controller) }}
{{- $t := include "pyweb.timeouts" $ | fromYaml }}
{{- if gt (int $t.graceful) 3600 }}
timeouts.graceful is {{ int $t.graceful }} with ingress.controller {{ $values.ingress.controller }}: {{ get $ends $values.ingress.controller }}'s load balancer waits 3600 s at most for requests of a pod that leaves. Lower timeouts.request or timeouts.graceful.
{{- end }}
{{- if and (eq $values.ingress.controller "alb") (gt (int $t.edgeIdle) 4000) }}
timeouts.edgeIdle is {{ int $t.edgeIdle }} with ingress.controller alb: an AWS load balancer takes 4000 s at most. Lower timeouts.edgeIdle.
{{- end }}
{{- end }}
{{- if and (eq $values.ingress.controller "gke") (lt (int $values.timeouts.edgeIdle) 600) }}
timeouts.edgeIdle is {{ int $values.timeouts.edgeIdle }} with ingress.controller gke: Google's load balancer keeps idle connections for 600 s, and this cannot be changed. Set timeouts.edgeIdle to 600.
{{- end }}
{{- if and (eq $values.ingress.controller "alb") (le (int $values.timeouts.edgeIdle) (int $values.timeouts.request)) }}
timeouts.edgeIdle is {{ int $values.timeouts.edgeIdle }} but timeouts.request is {{ int $values.timeouts.request }} with ingress.controller alb: an AWS load balancer ends requests that are silent for its idle timeout. Set timeouts.edgeIdle above {{ int $values.timeouts.request }}.
{{- end }}
{{- if and $values.ingress.enabled (has $values.ingress.controller (list "alb" "gke")) }}
{{- $check := include "pyweb.edge.healthCheck" . | fromYaml }}
{{- if not $check }}
ingress.controller is {{ $values.ingress.controller }}: its load balancer checks the pods' health itself, and the chart knows no route for that. Set readinessProbe.httpGet.path to your app's health route, or server.pyweb to true.
{{- else if and (eq (int $check.port) (int $values.server.management.port)) $values.server.pyweb $values.networkPolicy.enabled (not (include "pyweb.edge.hasIpBlock" $values.networkPolicy.managementFrom)) }}
networkPolicy.managementFrom has no ipBlock, but ingress.controller is {{ $values.ingress.controller }}: its load balancer checks the pods' health on the management port, from outside of the cluster. Add {{ ternary "{ipBlock: {cidr: 35.191.0.0/16}} and {ipBlock: {cidr: 130.211.0.0/22}} (Google's health checks)" "an ipBlock with the subnets of the load balancer" (eq $values.ingress.controller "gke") }} to networkPolicy.managementFrom.
{{- end }}
{{- end }}
{{- end -}}
