{{/*
`env` and `envFrom` of a container.
Context: root; resources (of the container); server (true for the app's container); configSuffix (of the chart's own Secrets and
ConfigMaps, see _migration-job.tpl).
*/}}
{{- define "pyweb.environment" -}}
{{- $root := .root -}}
{{- $values := $root.Values -}}
{{- $given := $values.env | default dict -}}
{{- $names := keys $given -}}
{{- range $values.extraEnv }}{{ $names = append $names .name }}{{ end -}}
{{- $env := list -}}
{{- /* Python and BLAS see the node's CPUs, not the container's limit; Kubernetes rounds it up to whole CPUs. */ -}}
{{- if hasKey (.resources.limits | default dict) "cpu" -}}
{{- range list "PYTHON_CPU_COUNT" "OMP_NUM_THREADS" -}}
{{- if not (has . $names) -}}
{{- $env = append $env (dict "name" . "valueFrom" (dict "resourceFieldRef" (dict "resource" "limits.cpu" "divisor" "1"))) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and .server $values.server.pyweb -}}
{{- $env = concat $env (include "pyweb.environment.pyweb" $root | fromYamlArray) -}}
{{- end -}}
{{- with and .server $values.database.poolSizeVariable (include "pyweb.database" $root | fromYaml) -}}
{{- $env = append $env (dict "name" $values.database.poolSizeVariable "value" (toString .pool)) -}}
{{- end -}}
{{- range $name, $value := $given -}}
{{- if not (kindIs "invalid" $value) -}}
{{- $env = append $env (dict "name" $name "value" (include "pyweb.scalar" $value)) -}}
{{- end -}}
{{- end -}}
{{- with concat $env ($values.extraEnv | default list) }}
env:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with concat (include "pyweb.environment.configuration" . | fromYamlArray) ($values.envFrom | default list) }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* What the pyweb package reads. */}}
{{- define "pyweb.environment.pyweb" -}}
{{- $server := .Values.server -}}
{{- $timeouts := include "pyweb.timeouts" . | fromYaml -}}
- name: POD_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: PYWEB_MANAGEMENT_PORT
  value: {{ int $server.management.port | quote }}
- name: PYWEB_HEARTBEAT_SECONDS
  value: {{ int $timeouts.stuck | quote }}
{{- with int (include "pyweb.worker" . | fromYaml).maxInFlight }}
- name: PYWEB_MAX_IN_FLIGHT
  value: {{ . | quote }}
{{- end }}
{{- if gt (int $timeouts.connectionAge) 0 }}
- name: PYWEB_CONNECTION_AGE_SECONDS
  value: {{ int $timeouts.connectionAge | quote }}
{{- end }}
- name: PYWEB_DOCTOR
  value: {{ $server.doctor | quote }}
{{- with $server.podNameHeader }}
- name: PYWEB_POD_NAME_HEADER
  value: {{ . | quote }}
{{- end }}
{{- /* Metrics of several processes meet in a directory, which pyweb makes and empties. */}}
{{- if gt (int $server.workers) 1 }}
- name: PROMETHEUS_MULTIPROC_DIR
  value: /tmp/prometheus
{{- end }}
{{- end -}}

{{/* envFrom entries of the chart's own ConfigMaps and Secrets. Context: root, configSuffix. */}}
{{- define "pyweb.environment.configuration" -}}
{{- $root := .root -}}
{{- $suffix := .configSuffix | default "" -}}
{{- $sources := list -}}
{{- range $kind, $maps := dict "configMapRef" $root.Values.configMaps "secretRef" $root.Values.secrets -}}
{{- range $name, $map := $maps -}}
{{- if (ternary $map.envFrom (not $map.mountPath) (hasKey $map "envFrom")) -}}
{{- $sources = append $sources (dict $kind (dict "name" (printf "%s-%s%s" (include "pyweb.fullname" $root) $name $suffix))) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toYaml $sources -}}
{{- end -}}

{{/* A number, boolean or string as text; whole numbers without an exponent. */}}
{{- define "pyweb.scalar" -}}
{{- if and (kindIs "float64" .) (eq (float64 (int64 .)) .) -}}
{{- int64 . -}}
{{- else -}}
{{- . -}}
{{- end -}}
{{- end -}}
