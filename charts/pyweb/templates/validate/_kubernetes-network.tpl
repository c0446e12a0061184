{{/* Who is let in, and who would have to be. */}}
{{- define "pyweb.validate.kubernetes-network" -}}
{{- $policy := .Values.networkPolicy -}}
{{- if $policy.enabled }}
{{- $outside := "" -}}
{{- if ne .Values.service.type "ClusterIP" }}{{ $outside = printf "service.type is %s" .Values.service.type }}{{ end -}}
{{- if and .Values.ingress.enabled (has .Values.ingress.controller (list "alb" "gke")) }}{{ $outside = printf "ingress.controller is %s" .Values.ingress.controller }}{{ end -}}
{{- if and $outside $policy.from (not (include "pyweb.edge.hasIpBlock" $policy.from)) }}
networkPolicy.from has no ipBlock, but {{ $outside }}: its traffic comes from outside of the cluster, and none of it would reach the app. Add an ipBlock with the addresses that it comes from to networkPolicy.from.
{{- end }}
{{- $egress := $policy.egress }}
{{- range $path, $peers := dict "database.to" $egress.database.to "rules" $egress.rules }}
{{- if and $peers (not $egress.enabled) }}
networkPolicy.egress.{{ $path }} is set but networkPolicy.egress.enabled is false: the pods could still reach everything. Set networkPolicy.egress.enabled to true, or remove networkPolicy.egress.{{ $path }}.
{{- end }}
{{- end }}
{{- $uses := ternary "migration.enabled is true" (ternary "" "database.maxConnections is set" (kindIs "invalid" .Values.database.maxConnections)) .Values.migration.enabled }}
{{- if and $egress.enabled $uses (not $egress.database.to) (not $egress.rules) }}
networkPolicy.egress.enabled is true and {{ $uses }}, but networkPolicy.egress.database.to is empty: the pods could reach no database. Set it to the database's address range or pods, or allow it in networkPolicy.egress.rules.
{{- end }}
{{- if and .Values.server.pyweb (not $policy.managementFrom) }}
{{- $autoscaling := include "pyweb.autoscaling" . | fromYaml }}
{{- if and .Values.autoscaling.enabled (eq $autoscaling.engine "keda") (eq .Values.autoscaling.signal.source "pods") }}
networkPolicy.managementFrom is empty, which lets nobody but the kubelet in, but autoscaling.signal.source is pods: KEDA could not read the requests in flight. Add KEDA's namespace to networkPolicy.managementFrom.
{{- end }}
{{- range $name, $monitor := pick .Values.metrics "serviceMonitor" "podMonitor" }}
{{- if $monitor.enabled }}
networkPolicy.managementFrom is empty, which lets nobody but the kubelet in, but metrics.{{ $name }}.enabled is true: Prometheus could not read the metrics. Add Prometheus' namespace to networkPolicy.managementFrom.
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}
