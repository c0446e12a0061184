{{/* Fields of the Service that exclude each other. */}}
{{- define "pyweb.validate.kubernetes-service" -}}
{{- $service := .Values.service -}}
{{- $spec := $service.spec | default dict -}}
{{- if eq $service.type "ClusterIP" }}
{{- if not (kindIs "invalid" $service.nodePort) }}
service.nodePort is {{ int $service.nodePort }} but service.type is ClusterIP, which has no node port. Set service.type to NodePort or LoadBalancer, or remove service.nodePort.
{{- end }}
{{- with $spec.externalTrafficPolicy }}
service.spec.externalTrafficPolicy is {{ . }} but service.type is ClusterIP, which gets no traffic from outside. Set service.type to NodePort or LoadBalancer, or remove it.
{{- end }}
{{- end }}
{{- if ne $service.type "LoadBalancer" }}
{{- range $field := keys (pick $spec "allocateLoadBalancerNodePorts" "healthCheckNodePort" "loadBalancerClass" "loadBalancerIP" "loadBalancerSourceRanges") | sortAlpha }}
service.spec.{{ $field }} is set but service.type is {{ $service.type }}: Kubernetes allows it for LoadBalancer only. Set service.type to LoadBalancer, or remove it.
{{- end }}
{{- end }}
{{- if eq ($spec.clusterIP | default "") "None" }}
{{- if ne $service.type "ClusterIP" }}
service.spec.clusterIP is None but service.type is {{ $service.type }}, which needs an address. Set service.type to ClusterIP, or remove service.spec.clusterIP.
{{- else if ne (int $service.port) (int .Values.server.port) }}
service.spec.clusterIP is None with service.port {{ int $service.port }} and server.port {{ int .Values.server.port }}: a Service without an address maps no ports, so that clients would find nobody at {{ int $service.port }}. Set service.port to {{ int .Values.server.port }}, or remove service.spec.clusterIP.
{{- end }}
{{- end }}
{{- if and $spec.healthCheckNodePort (ne ($spec.externalTrafficPolicy | default "Cluster") "Local") }}
service.spec.healthCheckNodePort is {{ int $spec.healthCheckNodePort }} but service.spec.externalTrafficPolicy is not Local: Kubernetes allows it with Local only. Set service.spec.externalTrafficPolicy to Local, or remove it.
{{- end }}
{{- $speaksV6 := or (has "IPv6" ($spec.ipFamilies | default list)) (hasSuffix "DualStack" ($spec.ipFamilyPolicy | default "")) }}
{{- if and $speaksV6 (eq .Values.server.host "0.0.0.0") }}
service.spec.{{ ternary "ipFamilies" "ipFamilyPolicy" (hasKey $spec "ipFamilies") }} brings IPv6 clients, but server.host is 0.0.0.0, where only IPv4 is answered. Set server.host to "[::]", which answers both.
{{- end }}
{{- if and $spec.sessionAffinityConfig (ne ($spec.sessionAffinity | default "None") "ClientIP") }}
service.spec.sessionAffinityConfig is set but service.spec.sessionAffinity is not ClientIP, which alone reads it. Set it to ClientIP, or remove service.spec.sessionAffinityConfig.
{{- end }}
{{- end -}}
