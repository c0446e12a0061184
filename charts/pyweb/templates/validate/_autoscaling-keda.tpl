{{/* What KEDA can read. */}}
{{- define "pyweb.validate.autoscaling-keda" -}}
{{- $values := .Values.autoscaling -}}
{{- $derived := include "pyweb.autoscaling" . | fromYaml -}}
{{- $worker := include "pyweb.worker" . | fromYaml -}}
{{- $signal := $values.signal -}}
{{- if and $values.enabled (ne $derived.engine "hpa") }}
{{- range $field, $given := $signal.prometheus }}
{{- if and $given (ne $signal.source "prometheus") }}
autoscaling.signal.prometheus.{{ $field }} is set but autoscaling.signal.source is {{ $signal.source }}, which ignores it. Set autoscaling.signal.source to prometheus, or remove it.
{{- end }}
{{- end }}
{{- if and (eq $signal.source "none") (not (kindIs "invalid" $signal.target)) }}
autoscaling.signal.target is {{ $signal.target }} but autoscaling.signal.source is none: no signal would be compared with it. Set autoscaling.signal.source to pods or prometheus, or remove autoscaling.signal.target.
{{- end }}
{{- $names := dict "cpu" true "requests-in-flight" true }}
{{- range $values.extraTriggers }}
{{- with .name }}
{{- if hasKey $names . }}
autoscaling.extraTriggers has the name {{ . }}, which another trigger has already: KEDA refuses that. Choose another name.
{{- end }}
{{- $_ := set $names . true }}
{{- end }}
{{- end }}
{{- if and (eq $signal.source "pods") (not .Values.server.pyweb) }}
autoscaling.signal.source is pods but server.pyweb is false: the pods do not tell their requests in flight. Install pyweb in the image and set server.pyweb to true, or set autoscaling.signal.source to prometheus or none.
{{- end }}
{{- $most := mul (int $worker.maxInFlight) (int .Values.server.workers) }}
{{- if and (gt $most 0) (ne $signal.source "none") (ge (float64 $derived.target) (float64 $most)) }}
autoscaling.signal.target is {{ $derived.target }} but a pod refuses requests above {{ $most }} in flight (server.maxInFlight {{ int $worker.maxInFlight }} x server.workers {{ int .Values.server.workers }}): it would refuse before it asks for help. Lower autoscaling.signal.target or raise server.maxInFlight.
{{- end }}
{{- if and (eq $signal.source "prometheus") (not $signal.prometheus.url) }}
autoscaling.signal.source is prometheus but autoscaling.signal.prometheus.url is empty. Set it, for instance to http://prometheus-operated.monitoring:9090.
{{- end }}
{{- if and (eq $signal.source "prometheus") (not .Values.server.pyweb) (not $signal.prometheus.query) }}
autoscaling.signal.prometheus.query is empty and server.pyweb is false: the derived query asks for pyweb_requests_in_flight, which your app does not have. Set the query for your own metric, or install pyweb and set server.pyweb to true.
{{- end }}
{{- if and (eq $signal.source "none") (eq (int $derived.cpu) 0) (not $values.extraTriggers) }}
autoscaling.signal.source is none, autoscaling.targetCPUUtilizationPercentage is 0 and autoscaling.extraTriggers is empty: KEDA has no signal left. Set one of them.
{{- end }}
{{- if $values.extraMetrics }}
autoscaling.extraMetrics are metrics of a HorizontalPodAutoscaler, but the engine is keda and ignores them. Use autoscaling.extraTriggers.
{{- end }}
{{- if and (ne $signal.source "none") (or (has .Values.server.worker (list "gthread" "gevent" "sync")) (and (eq $worker.server "granian") (not $worker.loop))) (ge (float64 $derived.target) (float64 $worker.concurrency)) }}
autoscaling.signal.target is {{ $derived.target }} but a pod runs only {{ int $worker.concurrency }} requests at a time ({{ $worker.concurrencyOf }}): pods would be overloaded before new ones are added. Set it below {{ int $worker.concurrency }}.
{{- end }}
{{- end }}
{{- end -}}
