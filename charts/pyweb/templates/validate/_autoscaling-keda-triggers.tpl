{{/*
What KEDA itself would tell only after the release: of unknown types in the conditions of the ScaledObject, of unknown metadata not at all.
What the most used scalers cannot do without: fields of their configuration in pkg/scalers of KEDA 2.21 that are neither optional nor can
come from authenticationRef.
*/}}
{{- define "pyweb.validate.autoscaling-keda-triggers" -}}
{{- with .Values.autoscaling.extraTriggers }}
{{- $scalers := include "pyweb.kedaScalers" $ | fromYaml }}
{{- range $trigger := . }}
{{- $names := get $scalers $trigger.type }}
{{- if not $names }}
autoscaling.extraTriggers has a trigger of type {{ $trigger.type }}, and KEDA 2.21 has no such scaler. Write one that it has, such as cron, prometheus or rabbitmq.
{{- else if not (has "*" $names) }}
{{- range $name := keys $trigger.metadata | sortAlpha }}
{{- if not (or (has $name $names) (has (regexReplaceAll "[.].+" $name ".*") $names)) }}
autoscaling.extraTriggers has a trigger of type {{ $trigger.type }} with metadata.{{ $name }}, which KEDA's scaler does not read. It reads {{ join ", " $names }}.
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- $required := dict
      "cron" (list "timezone" "start" "end" "desiredReplicas")
      "cpu" (list "value")
      "prometheus" (list "serverAddress" "query" "threshold")
      "metrics-api" (list "url" "valueLocation" "targetValue")
      "postgresql" (list "query" "targetQueryValue")
      "kubernetes-workload" (list "podSelector" "value")
      "rabbitmq" (list "queueName")
      "kafka" (list "bootstrapServers" "consumerGroup")
      "aws-sqs-queue" (list "queueURL") -}}
{{- range $trigger := .Values.autoscaling.extraTriggers }}
{{- range $name := get $required $trigger.type | default list }}
{{- if not (or (get $trigger.metadata $name) (get $trigger.metadata (printf "%sFromEnv" $name))) }}
autoscaling.extraTriggers has a trigger of type {{ $trigger.type }} without metadata.{{ $name }}, which KEDA's scaler needs. Set it, as a string.
{{- end }}
{{- end }}
{{- if and (eq $trigger.type "cpu") (not (has $trigger.metricType (list "Utilization" "AverageValue"))) }}
autoscaling.extraTriggers has a trigger of type {{ $trigger.type }} with metricType {{ $trigger.metricType | default "unset" }}: KEDA knows Utilization and AverageValue for it. Set metricType.
{{- end }}
{{- end }}
{{- end -}}
