{{/* What the Kubernetes API or the kubelet would refuse after the release has begun. Read like _validate.tpl. */}}
{{- define "pyweb.validate.kubernetes" -}}
{{- range list "quantities" "environment" "volumes" "containers" "securityContext" "scheduling" "service" "network" }}
{{ include (printf "pyweb.validate.kubernetes.%s" .) $ }}
{{- end }}
{{- end -}}

{{- define "pyweb.validate.kubernetes.quantities" -}}
{{- range $path, $resources := dict "resources" .Values.resources "migration.resources" .Values.migration.resources }}
{{- range $kind, $amounts := pick ($resources | default dict) "requests" "limits" }}
{{- range $name, $amount := $amounts }}
{{- $text := include "pyweb.scalar" $amount }}
{{- if eq $name "cpu" }}
{{- if not (regexMatch "^([0-9]+m|[0-9]+|[0-9]*\\.[0-9]{1,3})$" $text) }}
{{ $path }}.{{ $kind }}.cpu is {{ $text }}: that is no amount of CPU. Write cores, for instance 0.5, or thousandths of a core, for instance 500m.
{{- end }}
{{- else if has $name (list "memory" "ephemeral-storage") }}
{{- if not (regexMatch "^([0-9]+(\\.[0-9]+)?([kMGTPE]|[KMGTPE]i|[eE][0-9]+)|[0-9]{6,})$" $text) }}
{{ $path }}.{{ $kind }}.{{ $name }} is {{ $text }}: that is no amount of {{ ternary "memory" "storage" (eq $name "memory") }} that a container can live with{{ if hasSuffix "m" $text }} (m means thousandths of a byte){{ end }}. Write a number with a unit, for instance 256Mi or 256M.
{{- end }}
{{- else if not (regexMatch "^(hugepages-[0-9]+[KMGT]i|[a-z0-9.-]+/[A-Za-z0-9_.-]+)$" $name) }}
{{ $path }}.{{ $kind }} has "{{ $name }}": Kubernetes knows no such resource. Write cpu, memory, ephemeral-storage, hugepages-<size>, or a name with a domain such as nvidia.com/gpu.
{{- else if and (contains "/" $name) (not (regexMatch "^[0-9]+$" $text)) }}
{{ $path }}.{{ $kind }}.{{ $name }} is {{ $text }}: such a resource comes in whole pieces. Write a whole number.
{{- else if and (eq $kind "requests") (ne $text (include "pyweb.scalar" (get ($resources.limits | default dict) $name))) }}
{{ $path }}.requests.{{ $name }} is {{ $text }} but {{ $path }}.limits.{{ $name }} is {{ include "pyweb.scalar" (get ($resources.limits | default dict) $name) | default "not set" }}: Kubernetes wants both to be the same. Set the limit only, the request follows it.
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- if le (include "pyweb.quantity" .Values.tmp.sizeLimit | float64) 0.0 }}
tmp.sizeLimit is {{ .Values.tmp.sizeLimit }}: Kubernetes takes that as no limit at all. Set the size that /tmp may have, for instance 64Mi.
{{- end }}
{{- end -}}

{{- define "pyweb.validate.kubernetes.environment" -}}
{{- range .Values.extraEnv }}
{{- if and .value .valueFrom }}
extraEnv has {{ .name }} with value and valueFrom: Kubernetes allows one of them. Remove one.
{{- end }}
{{- end }}
{{- range $index, $source := .Values.envFrom }}
{{- $kinds := keys (pick $source "configMapRef" "secretRef") | sortAlpha }}
{{- if ne (len $kinds) 1 }}
envFrom[{{ $index }}] has {{ join " and " $kinds | default "neither configMapRef nor secretRef" }}: Kubernetes needs one of configMapRef and secretRef. Write one entry for each source.
{{- end }}
{{- end }}
{{- end -}}

{{- define "pyweb.validate.kubernetes.volumes" -}}
{{- $volumes := dict "tmp" "/tmp" -}}
{{- $mounts := dict "/tmp" "the chart" -}}
{{- range $kind, $maps := pick .Values "configMaps" "secrets" }}
{{- range $name, $map := $maps }}
{{- if gt (len $name) 40 }}
{{ $kind }} has a name of {{ len $name }} characters, {{ $name }}: its volume could not be called so. Shorten it to 40.
{{- end }}
{{- if and $.Values.migration.enabled (hasKey $maps (printf "%s-migration" $name)) }}
{{ $kind }} has {{ $name }} and {{ $name }}-migration: the second name is that of the copy which the migration reads. Rename {{ $name }}-migration.
{{- end }}
{{- with $map.mountPath }}
{{- $volume := printf "%s-%s" (lower $kind | trimSuffix "s") $name }}
{{- $_ := set $volumes $volume (printf "%s.%s" $kind $name) }}
{{- $path := clean . }}
{{- if hasKey $mounts $path }}
{{ $kind }}.{{ $name }}.mountPath is {{ . }}, where {{ get $mounts $path }} mounts something already. Choose another path.
{{- end }}
{{- $_ := set $mounts $path (printf "%s.%s" $kind $name) }}
{{- end }}
{{- end }}
{{- end }}
{{- range .Values.extraVolumes }}
{{- if hasKey $volumes .name }}
extraVolumes has a volume "{{ .name }}", a name that {{ get $volumes .name }} has already. Rename it.
{{- end }}
{{- $_ := set $volumes .name "another one" }}
{{- end }}
{{- range .Values.extraVolumeMounts }}
{{- if not (hasKey $volumes .name) }}
extraVolumeMounts mounts "{{ .name }}", but the pod has no volume of that name. Add it to extraVolumes, or write one of {{ keys $volumes | sortAlpha | join ", " }}.
{{- end }}
{{- $path := clean .mountPath }}
{{- if and (has $path (list "/tmp" "/dev/shm")) (not .subPath) }}
extraVolumeMounts mounts "{{ .name }}" at {{ .mountPath }}, which the chart has already. Choose another path{{ if eq $path "/tmp" }}, or size /tmp with `tmp`{{ end }}.
{{- else if hasKey $mounts $path }}
extraVolumeMounts mounts "{{ .name }}" at {{ .mountPath }}, where {{ get $mounts $path }} mounts something already. Choose another path.
{{- end }}
{{- $_ := set $mounts $path "extraVolumeMounts" }}
{{- end }}
{{- range $where := list "initContainers" "sidecars" "migration.initContainers" }}
{{- $containers := ternary $.Values.migration.initContainers (get $.Values $where) (eq $where "migration.initContainers") }}
{{- range $container := $containers | default list }}
{{- range .volumeMounts }}
{{- if not (hasKey $volumes .name) }}
{{ $where }} has a container "{{ $container.name }}" that mounts "{{ .name }}", but the pod has no volume of that name. Add it to extraVolumes, or write one of {{ keys $volumes | sortAlpha | join ", " }}.
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "pyweb.validate.kubernetes.containers" -}}
{{- $names := dict "app" "the app's container" -}}
{{- range $path := list "initContainers" "sidecars" }}
{{- range get $.Values $path | default list }}
{{- if hasKey $names .name }}
{{ $path }} has a container "{{ .name }}", a name that {{ get $names .name }} has already. Rename it.
{{- end }}
{{- $_ := set $names .name $path }}
{{- end }}
{{- end }}
{{- $names = dict "migration" "the migration's container" }}
{{- range .Values.migration.initContainers }}
{{- if hasKey $names .name }}
migration.initContainers has a container "{{ .name }}", a name that {{ get $names .name }} has already. Rename it.
{{- end }}
{{- $_ := set $names .name "migration.initContainers" }}
{{- end }}
{{- range .Values.sidecars }}
{{- if .restartPolicy }}
sidecars has a container "{{ .name }}" with restartPolicy {{ .restartPolicy }}: Kubernetes allows that for init containers only. Move it to initContainers, where it starts before the app and stops after it.
{{- end }}
{{- end }}
{{- end -}}

{{- define "pyweb.validate.kubernetes.securityContext" -}}
{{- $pod := .Values.podSecurityContext | default dict -}}
{{- $container := .Values.securityContext | default dict -}}
{{- $path := ternary "securityContext" "podSecurityContext" (hasKey $container "runAsUser") -}}
{{- $user := get (ternary $container $pod (hasKey $container "runAsUser")) "runAsUser" | toString -}}
{{- $nonRoot := get (ternary $container $pod (hasKey $container "runAsNonRoot")) "runAsNonRoot" -}}
{{- if and $nonRoot (eq $user "0") }}
{{ $path }}.runAsUser is 0 but runAsNonRoot is true: the kubelet would not start the container. Set {{ $path }}.runAsUser to a user of the image above 0, or runAsNonRoot to false if the image really needs root.
{{- end }}
{{- $grants := list -}}
{{- if $container.privileged }}{{ $grants = append $grants "privileged is true" }}{{ end -}}
{{- if has "SYS_ADMIN" (($container.capabilities | default dict).add | default list) }}{{ $grants = append $grants "capabilities.add has SYS_ADMIN" }}{{ end -}}
{{- if and $grants (hasKey $container "allowPrivilegeEscalation") (not $container.allowPrivilegeEscalation) }}
securityContext.allowPrivilegeEscalation is false but securityContext.{{ join " and " $grants }}: Kubernetes refuses both together. Remove the latter, or set securityContext.allowPrivilegeEscalation to true.
{{- end }}
{{- end -}}

{{- define "pyweb.validate.kubernetes.scheduling" -}}
{{- $seen := dict -}}
{{- range .Values.topologySpreadConstraints }}
{{- $pair := printf "%s %s" .topologyKey .whenUnsatisfiable }}
{{- if hasKey $seen $pair }}
topologySpreadConstraints has topologyKey {{ .topologyKey }} with whenUnsatisfiable {{ .whenUnsatisfiable }} twice: Kubernetes allows each pair once. Remove one.
{{- end }}
{{- $_ := set $seen $pair true }}
{{- if and (hasKey . "minDomains") (ne .whenUnsatisfiable "DoNotSchedule") }}
topologySpreadConstraints has minDomains {{ int .minDomains }} for {{ .topologyKey }} with whenUnsatisfiable {{ .whenUnsatisfiable }}: Kubernetes allows it with DoNotSchedule only. Remove minDomains, or set whenUnsatisfiable to DoNotSchedule.
{{- end }}
{{- end }}
{{- range .Values.tolerations }}
{{- $operator := .operator | default "Equal" }}
{{- if and (eq $operator "Exists") .value }}
tolerations has operator Exists with value {{ .value }} for key {{ .key }}: Kubernetes allows a value with Equal only. Remove the value, or set operator to Equal.
{{- end }}
{{- if and (ne $operator "Exists") (not .key) }}
tolerations has operator {{ $operator }} without a key: Kubernetes allows that with Exists only. Set key, or operator to Exists.
{{- end }}
{{- end }}
{{- if and (eq (.Values.dnsPolicy | default "") "None") (not (.Values.dnsConfig | default dict).nameservers) }}
dnsPolicy is None but dnsConfig.nameservers is empty: pods could look up no name. Set dnsConfig.nameservers, or remove dnsPolicy.
{{- end }}
{{- if and .Values.serviceAccount.create (eq (.Values.serviceAccount.name | default "") "default") }}
serviceAccount.name is default but serviceAccount.create is true: every namespace has that account already, and Helm would not take it over. Set serviceAccount.create to false, or choose another name.
{{- end }}
{{- end -}}

{{- define "pyweb.validate.kubernetes.service" -}}
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

{{/* Who is let in, and who would have to be. */}}
{{- define "pyweb.validate.kubernetes.network" -}}
{{- $policy := .Values.networkPolicy -}}
{{- if $policy.enabled }}
{{- $outside := "" -}}
{{- if ne .Values.service.type "ClusterIP" }}{{ $outside = printf "service.type is %s" .Values.service.type }}{{ end -}}
{{- if and .Values.ingress.enabled (has .Values.ingress.controller (list "alb" "gke")) }}{{ $outside = printf "ingress.controller is %s" .Values.ingress.controller }}{{ end -}}
{{- if and $outside $policy.from (not (include "pyweb.edge.hasIpBlock" $policy.from)) }}
networkPolicy.from has no ipBlock, but {{ $outside }}: its traffic comes from outside of the cluster, and none of it would reach the app. Add an ipBlock with the addresses that it comes from to networkPolicy.from.
{{- end }}
{{- $egress := $policy.egress }}
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
