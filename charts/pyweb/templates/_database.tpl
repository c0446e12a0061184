{{/*
What the release takes of the database server's connections. Empty when database.maxConnections is null.
  pool         connections that a server process keeps for requests: one for each request that it runs at a time. A process with an event
               loop or a gevent hub runs more requests than it can keep connections busy: it gets at most 16, which at 5 ms a query are
               3200 queries per second, more than a Python process serves.
  perPod       server.workers x (pool + database.extraConnections)
  pods         most pods at a time, those included that a rolling update has started or not ended yet. A pod that ends keeps its
               connections for up to timeouts.terminationGracePeriod; how many end at a time follows from minReadySeconds, the least
               time in which new pods replace old ones.
  podsOf       how `pods` came about
  migration    connections of the migration Job
  connections  perPod x pods + migration
  fits         largest pool with which the release stays within database.maxConnections; below 1 when there is none
*/}}
{{- define "pyweb.database" -}}
{{- $database := .Values.database -}}
{{- if not (kindIs "invalid" $database.maxConnections) -}}
{{- $worker := include "pyweb.worker" . | fromYaml -}}
{{- $timeouts := include "pyweb.timeouts" . | fromYaml -}}
{{- $processes := int .Values.server.workers -}}
{{- $atATime := div $worker.concurrency $processes | int -}}
{{- $derived := ternary (min 16 $atATime) $atATime $worker.loop -}}
{{- $pool := int (ternary $derived $database.poolSize (kindIs "invalid" $database.poolSize)) -}}
{{- $most := int (ternary .Values.autoscaling.maxReplicas .Values.replicaCount .Values.autoscaling.enabled) -}}
{{- $mostOf := ternary "autoscaling.maxReplicas" "replicaCount" .Values.autoscaling.enabled -}}
{{- $beside := 0 -}}
{{- if eq .Values.strategy.type "RollingUpdate" -}}
{{- $beside = $most -}}
{{- if gt (int .Values.minReadySeconds) 0 -}}
{{- $surge := include "pyweb.database.share" (dict "root" . "bound" "maxSurge" "of" $most) | int -}}
{{- $missing := include "pyweb.database.share" (dict "root" . "bound" "maxUnavailable" "of" $most) | int -}}
{{- $replacements := add 1 (div $timeouts.terminationGracePeriod .Values.minReadySeconds) -}}
{{- $beside = min $most (add $surge (mul $replacements (add $surge $missing))) | int -}}
{{- end -}}
{{- end -}}
{{- $pods := add $most $beside | int -}}
{{- $perPod := mul $processes (add $pool $database.extraConnections) | int -}}
{{- $migration := ternary 1 0 .Values.migration.enabled -}}
{{- $forPods := sub $database.maxConnections $migration | int -}}
{{- dict
      "pool" $pool
      "perPod" $perPod
      "pods" $pods
      "podsOf" (printf "%s %d%s" $mostOf $most (ternary (printf " + %d that a rolling update has started or not ended yet" $beside) "" (gt $beside 0)))
      "migration" $migration
      "connections" (add (mul $perPod $pods) $migration)
      "fits" (sub (div $forPods (max 1 (mul $processes $pods))) $database.extraConnections)
    | toYaml -}}
{{- end -}}
{{- end -}}

{{/* A bound of the rolling update as a number of pods, rounded up. Kubernetes takes 25 % where none is set. Context: root, bound, of. */}}
{{- define "pyweb.database.share" -}}
{{- $rolling := .root.Values.strategy.rollingUpdate | default dict -}}
{{- $value := "25%" -}}
{{- if hasKey $rolling .bound }}{{ $value = include "pyweb.scalar" (get $rolling .bound) }}{{ end -}}
{{- if hasSuffix "%" $value -}}
{{- ceil (divf (mulf (float64 (trimSuffix "%" $value)) .of) 100) | int -}}
{{- else -}}
{{- $value -}}
{{- end -}}
{{- end -}}
