{{/*
Every rule about values that depend on each other, by topic: validate/_TOPIC.tpl defines "pyweb.validate.TOPIC". What one value alone may
be, and which values a worker ignores, is in values.schema.json; topics that begin with "kubernetes-" are what the Kubernetes API or the
kubelet would refuse after the release has begun. A topic prints one line for each contradiction: the value, what it is, why that cannot
work and what to write instead. All lines come at once.
*/}}
{{- define "pyweb.validate" -}}
{{- $topics := list
      "application" "image" "labels"
      "worker" "granian" "server" "command" "trusted-proxies" "connections" "arguments"
      "timeouts" "probes" "resources" "availability"
      "autoscaling" "autoscaling-hpa" "autoscaling-keda" "autoscaling-keda-triggers"
      "environment" "migration" "service-account" "database"
      "edge" "http-route" "http-route-rules" "load-balancer" "monitoring"
      "kubernetes-quantities" "kubernetes-environment" "kubernetes-volumes" "kubernetes-containers"
      "kubernetes-security-context" "kubernetes-scheduling" "kubernetes-service" "kubernetes-network" -}}
{{- $messages := list -}}
{{- range $topics -}}
{{- range include (printf "pyweb.validate.%s" .) $ | splitList "\n" -}}
{{- with trim . -}}
{{- $messages = append $messages (printf "- %s" .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if $messages -}}
{{- fail (printf "\n\nThese values cannot work:\n%s\n" (join "\n" $messages)) -}}
{{- end -}}
{{- end -}}
