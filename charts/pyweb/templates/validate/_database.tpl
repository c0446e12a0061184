{{/* Connections against what the database server allows. */}}
{{- define "pyweb.validate.database" -}}
{{- $given := .Values.database -}}
{{- if kindIs "invalid" $given.maxConnections }}
{{- if not (kindIs "invalid" $given.poolSize) }}
database.poolSize is {{ int $given.poolSize }} but database.maxConnections is not set: the chart cannot tell whether the pools fit what the database server allows. Set database.maxConnections to the connections that this release may use.
{{- end }}
{{- else }}
{{- $database := include "pyweb.database" . | fromYaml }}
{{- if gt (int $database.connections) (int $given.maxConnections) }}
database.maxConnections is {{ int $given.maxConnections }} but this release can open {{ $database.connections }} connections: {{ $database.pods }} pods ({{ $database.podsOf }}) x {{ int .Values.server.workers }} processes (server.workers) x ({{ $database.pool }} in the pool + {{ int $given.extraConnections }} extra){{ if $database.migration }} + {{ $database.migration }} for the migration{{ end }}. The database server would refuse connections under load. {{ if ge (int $database.fits) 1 }}Set database.poolSize to {{ $database.fits }} or less, {{ else }}No pool is small enough: {{ end }}lower the number of pods, {{ if and (eq .Values.strategy.type "RollingUpdate") (le (int .Values.minReadySeconds) 0) }}set minReadySeconds so that a rolling update replaces fewer pods at a time, {{ end }}or raise the limit on the server and here.
{{- end }}
{{- end }}
{{- end -}}
