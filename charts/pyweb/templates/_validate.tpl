{{/*
Every rule about values that depend on each other. What one value alone may be, and which values a worker ignores, is in
values.schema.json; what Kubernetes itself would refuse is in _validate-kubernetes.tpl. A message names the value, what it is, why that cannot work and what to write instead; all messages come at once.
*/}}
{{- define "pyweb.validate" -}}
{{- $messages := list -}}
{{- range list "application" "server" "timeouts" "probes" "resources" "availability" "autoscaling" "configuration" "database" "edge" "monitoring" "kubernetes" -}}
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

{{- define "pyweb.validate.application" -}}
{{- $fullname := include "pyweb.fullname" . -}}
{{- if not .Values.image.repository }}
image.repository is empty: there is no image to run. Set image.repository (and image.tag) to the image of your app.
{{- end }}
{{- if not .Values.app }}
app is empty: the server needs the import string of your app. Set app to "module:attribute", for instance "my_app:app".
{{- end }}
{{- if not (regexMatch "^[a-z]([a-z0-9-]*[a-z0-9])?$" $fullname) }}
The object name "{{ $fullname }}" is no name for a Service: those start with a letter and have only a-z, 0-9 and "-". Choose another release name or set fullnameOverride.
{{- end }}
{{- if and (include "pyweb.image.hasOwnVersion" .) .Values.image.tag }}
image.repository is {{ .Values.image.repository }} and image.tag is {{ .Values.image.tag }}: an image has one version. Take it out of image.repository, or remove image.tag.
{{- end }}
{{- if and (contains "@" .Values.image.repository) .Values.image.digest }}
image.repository is {{ .Values.image.repository }} and image.digest is {{ .Values.image.digest }}: an image has one digest. Take it out of image.repository, or remove image.digest.
{{- end }}
{{- range $path, $labels := dict "commonLabels" .Values.commonLabels "podLabels" .Values.podLabels "service.labels" .Values.service.labels
      "ingress.labels" .Values.ingress.labels "httpRoute.labels" .Values.httpRoute.labels
      "metrics.serviceMonitor.labels" .Values.metrics.serviceMonitor.labels "metrics.podMonitor.labels" .Values.metrics.podMonitor.labels }}
{{- $labels = $labels | default dict }}
{{- if hasKey $labels "helm.sh/chart" }}
{{ $path }} sets helm.sh/chart: the chart owns this label. Remove it.
{{- end }}
{{- range $label := list "name" "instance" "component" "version" "managed-by" }}
{{- if hasKey $labels (printf "app.kubernetes.io/%s" $label) }}
{{ $path }} sets app.kubernetes.io/{{ $label }}: the chart owns this label, the Deployment and the Service select pods by such labels. Remove it{{ if eq $label "name" }} and use nameOverride{{ end }}.
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "pyweb.validate.server" -}}
{{- $server := .Values.server -}}
{{- $worker := include "pyweb.worker" . | fromYaml -}}
{{- if and (not $server.pyweb) (gt (int $server.maxInFlight) 0) }}
server.maxInFlight is {{ int $server.maxInFlight }}: only the pyweb package refuses requests, and server.pyweb is false. Install pyweb in the image and set server.pyweb to true, or remove server.maxInFlight.
{{- end }}
{{- if and (has $server.worker (list "gevent" "granian")) (ge (int $worker.maxInFlight) (int $worker.connections)) }}
server.maxInFlight is {{ int $worker.maxInFlight }} with {{ int $worker.connections }} server.connections: {{ $server.worker }} accepts no further connection before so many requests are in flight, so none would be refused. Set server.maxInFlight below {{ int $worker.connections }}, or remove it (derived: {{ div (mul 9 (int $worker.connections)) 10 }}).
{{- end }}
{{- if not $server.pyweb }}
{{- if eq $server.doctor "strict" }}
server.doctor is strict: only the pyweb package makes start-up checks, and server.pyweb is false. Install pyweb in the image and set server.pyweb to true, or remove server.doctor.
{{- end }}
{{- with $server.podNameHeader }}
server.podNameHeader is "{{ . }}": only the pyweb package sends it, and server.pyweb is false. Install pyweb in the image and set server.pyweb to true, or remove server.podNameHeader.
{{- end }}
{{- if and $server.preload (eq $server.worker "gevent") }}
server.preload is true with server.worker gevent: the app would be imported before gevent patches the standard library, and block. Set server.pyweb to true (it patches first) or server.preload to false.
{{- end }}
{{- end }}
{{- if and $server.pyweb (eq $worker.server "uvicorn") (gt (int $server.workers) 1) }}
server.workers is {{ int $server.workers }} with server.worker uvicorn and server.pyweb: pyweb runs Uvicorn as one process. Set server.workers to 1 and raise replicaCount, or use server.worker uvicorn-worker.
{{- end }}
{{- if eq $worker.server "granian" }}
{{- include "pyweb.validate.granian" . }}
{{- end }}
{{- if and $server.pyweb (eq (int $server.port) (int $server.management.port)) }}
server.management.port is {{ int $server.management.port }}, the same as server.port: the management port must answer while the app's port is busy. Choose another one.
{{- end }}
{{- if and (eq (int $server.maxRequests) 0) (gt (int $server.maxRequestsJitter) 0) }}
server.maxRequestsJitter is {{ int $server.maxRequestsJitter }} while server.maxRequests is 0 (never replace a process): it has no effect. Set server.maxRequests too, or remove server.maxRequestsJitter.
{{- end }}
{{- include "pyweb.validate.command" . }}
{{- $trusted := $server.forwardedAllowIps | default list }}
{{- range $trusted }}
{{- if include "pyweb.validate.hasHostBits" . }}
server.forwardedAllowIps has {{ . }}: the address has bits beyond its prefix, so that {{ ternary "Gunicorn would not start" "no proxy would be trusted" (eq $worker.server "gunicorn") }}. Write the first address of the network, for instance 10.244.0.0/16.
{{- end }}
{{- end }}
{{- if and (gt (len $trusted) 1) (has "*" $trusted) }}
server.forwardedAllowIps lists "*" among others: "*" trusts every peer, the others have no effect. Keep either "*" or the others.
{{- end }}
{{- if and (eq $server.worker "gthread") (gt (int (include "pyweb.timeouts" . | fromYaml).keepAlive) 0) (le (int $worker.connections) (int $worker.threads)) }}
server.connections is {{ int $worker.connections }} with {{ int $worker.threads }} server.threads: Gunicorn keeps idle connections only above the number of threads, so that none would be kept, whatever timeouts.keepAlive says. Set server.connections above {{ int $worker.threads }}, or remove it (derived: 1000).
{{- end }}
{{- if and (eq $server.worker "granian") (not $worker.loop) (lt (int $worker.connections) (int $worker.threads)) }}
server.connections is {{ int $worker.connections }} with {{ int $worker.threads }} server.threads: Granian accepts no more connections than that, so that some threads would never work. Set server.connections to {{ int $worker.threads }} or more, or lower server.threads.
{{- end }}
{{- range $argument := $server.extraArgs }}
{{- if regexMatch "^--(certfile|keyfile|ssl-certfile|ssl-keyfile|ssl-certificate)(=|$)" $argument }}
server.extraArgs has "{{ $argument }}": the server would speak TLS, while probes, Service, Ingress and monitors speak plain HTTP. Remove it, and end TLS at the load balancer or in a proxy in initContainers.
{{- end }}
{{- if and $server.pyweb (eq $worker.server "granian") (regexMatch "^--metrics(=|$)" $argument) }}
server.extraArgs has "{{ $argument }}": Granian would serve metrics of its own beside those of server.pyweb. Remove it, or set server.pyweb to false.
{{- end }}
{{- if regexMatch "^(--help|--version|--check-config|--print-config|-h|-v)$" $argument }}
server.extraArgs has "{{ $argument }}": the server would print something and end instead of serving. Remove it.
{{- end }}
{{- with include "pyweb.validate.renderedFlag" (dict "server" $worker.server "pyweb" $server.pyweb "argument" $argument) }}
server.extraArgs has "{{ $argument }}": the chart renders {{ . }} itself, and two of them contradict each other. Use its own value instead (see `server` and `timeouts` in values.yaml).
{{- end }}
{{- end }}
{{- end -}}

{{- define "pyweb.validate.command" -}}
{{- $server := .Values.server -}}
{{- $worker := include "pyweb.worker" . | fromYaml -}}
{{- with $server.command }}
{{- $programs := list }}
{{- range . }}{{ $programs = append $programs (base .) }}{{ end }}
{{- $first := ternary (index (append $programs "") 1) (first $programs) (eq (first $programs) "env") }}
{{- if has $first (list "sh" "bash" "ash" "dash") }}
server.command starts a shell ({{ first . }}): the shell gets SIGTERM instead of the server, so that pods are killed in the middle of requests. Name the program itself, for instance ["{{ $worker.server }}"].
{{- end }}
{{- range without (list "gunicorn" "uvicorn" "granian") $worker.server }}
{{- if or (has . $programs) (has (printf "pyweb.%s" .) $programs) }}
server.command starts {{ . }} but server.worker is {{ $server.worker }}, whose flags are those of {{ $worker.server }}. Name {{ $worker.server }} in server.command, or choose another server.worker.
{{- end }}
{{- end }}
{{- if and $server.pyweb (ne $worker.server "gunicorn") (has $worker.server $programs) }}
server.command starts {{ $worker.server }} alone but server.pyweb is true: nobody would listen on the management port, and pods would never become ready. Write ["python", "-m", "pyweb.{{ $worker.server }}"] after whatever comes before it, or set server.pyweb to false.
{{- end }}
{{- end }}
{{- end -}}

{{/* Not empty when an IPv4 network (10.244.1.5/16) has bits beyond its prefix. Context: the text. */}}
{{- define "pyweb.validate.hasHostBits" -}}
{{- if regexMatch "^[0-9.]+/[0-9]+$" . -}}
{{- $number := 0 -}}
{{- range splitList "." (first (splitList "/" .)) }}{{ $number = add (mul $number 256) (atoi .) }}{{ end -}}
{{- $size := 1 -}}
{{- range until (sub 32 (atoi (last (splitList "/" .))) | int) }}{{ $size = mul $size 2 }}{{ end -}}
{{- if ne (mod $number $size) 0 }}true{{ end -}}
{{- end -}}
{{- end -}}

{{- define "pyweb.validate.granian" -}}
{{- $server := .Values.server -}}
{{- if gt (int $server.maxRequests) 0 }}
server.maxRequests is {{ int $server.maxRequests }} with server.worker granian: Granian does not count requests. Remove server.maxRequests, or replace processes by age or memory with server.extraArgs ["--workers-lifetime=6h"] or ["--workers-max-rss=400"].
{{- end }}
{{- if $server.preload }}
server.preload is true with server.worker granian: every process imports the app itself. Remove server.preload, or use a Gunicorn worker.
{{- end }}
{{- if lt (int $server.backlog) 128 }}
server.backlog is {{ int $server.backlog }} with server.worker granian, which takes no less than 128. Raise it to 128 or more.
{{- end }}
{{- if eq (toString $server.lifespan) "on" }}
server.lifespan is "on" with server.worker granian: Granian serves all the same when lifespan start-up raises an error. Remove server.lifespan, or use server.worker uvicorn.
{{- end }}
{{- if and (eq $server.interface "wsgi") (gt (int $server.maxInFlight) 0) }}
server.maxInFlight is {{ int $server.maxInFlight }} with server.worker granian: Granian does not tell how many requests wait for a thread, so none would be refused. Remove server.maxInFlight, and bound them with server.connections.
{{- end }}
{{- if and (not (kindIs "invalid" .Values.timeouts.connectionAge)) (gt (int .Values.timeouts.connectionAge) 0) }}
timeouts.connectionAge is {{ int .Values.timeouts.connectionAge }} with server.worker granian: Granian takes "Connection: close" out of responses, so that nobody can announce the end of a connection. Remove timeouts.connectionAge, or use another worker.
{{- end }}
{{- if and $server.forwardedAllowIps (not $server.pyweb) }}
server.forwardedAllowIps is set with server.worker granian: Granian alone ignores X-Forwarded-*. Set server.pyweb to true (it reads them), or use another worker.
{{- end }}
{{- end -}}

{{/* The flag that the chart renders and that `argument` would set again, also in an abbreviated form. Context: server, pyweb, argument. */}}
{{- define "pyweb.validate.renderedFlag" -}}
{{- $flag := first (splitList "=" .argument) -}}
{{- $short := dict "-b" "--bind" "-k" "--worker-class" "-w" "--workers" "-t" "--timeout" "-D" "--daemon" -}}
{{- $owned := list "--bind" "--worker-class" "--workers" "--threads" "--worker-connections" "--backlog" "--timeout" "--graceful-timeout"
      "--keep-alive" "--max-requests" "--max-requests-jitter" "--preload" "--worker-tmp-dir" "--no-control-socket" "--control-socket"
      "--forwarded-allow-ips" "--access-logfile" "--access-logformat" "--log-level" "--asgi-loop" "--asgi-lifespan" "--root-path"
      "--daemon" "--reload" -}}
{{- if .pyweb -}}
{{- $_ := set $short "-c" "--config" -}}
{{- $owned = append $owned "--config" -}}
{{- end -}}
{{- if eq .server "uvicorn" -}}
{{- $short = dict -}}
{{- $owned = list "--host" "--port" "--uds" "--fd" "--workers" "--backlog" "--timeout-graceful-shutdown" "--timeout-keep-alive"
      "--limit-concurrency" "--limit-max-requests" "--limit-max-requests-jitter" "--forwarded-allow-ips" "--access-log" "--no-access-log"
      "--log-level" "--loop" "--lifespan" "--root-path" "--factory" "--reload" "--proxy-headers" "--no-proxy-headers" -}}
{{- end -}}
{{- if eq .server "granian" -}}
{{- $short = dict -}}
{{- $owned = list "--host" "--port" "--uds" "--interface" "--http" "--workers" "--blocking-threads" "--backlog" "--backpressure"
      "--workers-kill-timeout" "--http1-header-read-timeout" "--http1-keep-alive" "--no-http1-keep-alive" "--respawn-failed-workers"
      "--no-respawn-failed-workers" "--forwarded-allow-ips" "--access-log" "--no-access-log" "--access-log-fmt" "--log-level" "--loop"
      "--factory" "--no-factory" "--reload" -}}
{{- end -}}
{{- if not (hasPrefix "--" $flag) -}}
{{- get $short (trunc 2 $flag) -}}
{{- else if has $flag $owned -}}
{{- $flag -}}
{{- else if eq .server "gunicorn" -}}
{{- range $owned -}}
{{- if hasPrefix $flag . -}}{{ . }} {{ end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "pyweb.validate.timeouts" -}}
{{- $given := .Values.timeouts -}}
{{- $worker := include "pyweb.worker" . | fromYaml -}}
{{- $t := include "pyweb.timeouts" . | fromYaml -}}
{{- $request := int $t.request -}}
{{- $graceful := int $t.graceful -}}
{{- $keepAlive := int $t.keepAlive -}}
{{- $edgeIdle := int $t.edgeIdle -}}
{{- $reserve := int $t.gracefulReserve -}}
{{- if le (sub $graceful $reserve) $request }}
timeouts.graceful is {{ $graceful }} but timeouts.request is {{ $request }}: requests that you promise to finish would be cut {{ sub $graceful $reserve }} s after SIGTERM{{ if $reserve }} (the last {{ $reserve }} s belong to lifespan shutdown){{ end }}. Remove timeouts.graceful (derived: {{ add $request 5 }}), set it above {{ add $request $reserve }}, or lower timeouts.request.
{{- end }}
{{- if and (gt (int $t.connectionAge) 0) (not .Values.server.pyweb) }}
timeouts.connectionAge is {{ int $t.connectionAge }}: only the pyweb package closes old connections, and server.pyweb is false. Install pyweb in the image and set server.pyweb to true, or remove timeouts.connectionAge.
{{- end }}
{{- if and (eq .Values.server.worker "asgi") (le $graceful $keepAlive) }}
timeouts.graceful is {{ $graceful }} but timeouts.keepAlive is {{ $keepAlive }}: at shutdown Gunicorn's asgi worker waits for idle connections, and when timeouts.graceful runs out first, lifespan shutdown never runs. Remove timeouts.graceful (derived: {{ add (max $request $keepAlive) 5 }}) or use server.worker uvicorn-worker.
{{- end }}
{{- $limit := int $t.keepAliveLimit -}}
{{- $tooLong := and (gt $limit 0) (or (gt $keepAlive $limit) (ge $edgeIdle $limit)) -}}
{{- if $tooLong }}
timeouts.keepAlive is {{ $keepAlive }} and timeouts.edgeIdle is {{ $edgeIdle }} with server.worker granian: Granian alone keeps an idle connection for {{ $limit }} s at most, and the load balancer must close it first. Set server.pyweb to true (it allows more), or set timeouts.edgeIdle below {{ $limit }} if your load balancer really has that, and timeouts.keepAlive to {{ $limit }} at most.
{{- end }}
{{- $closesAlways := and (eq $keepAlive 0) (has .Values.server.worker (list "gthread" "gevent")) }}
{{- if and $worker.keepsAlive (le $keepAlive $edgeIdle) (not $closesAlways) (not $tooLong) }}
timeouts.keepAlive is {{ $keepAlive }} but timeouts.edgeIdle is {{ $edgeIdle }}: the server would close idle connections that the load balancer still uses, and clients would see 502. Remove timeouts.keepAlive (derived: {{ add $edgeIdle 15 }}), set it above {{ $edgeIdle }}, or lower timeouts.edgeIdle to what your load balancer really has.
{{- end }}
{{- if and (eq .Values.server.worker "sync") (le (int $t.worker) $request) }}
timeouts.worker is {{ int $t.worker }} but timeouts.request is {{ $request }}: a sync worker beats once per request, so Gunicorn would kill it in the middle of a request. Remove timeouts.worker (derived: {{ max 30 (add $request 5) }}), set it above {{ $request }}, or use server.worker gthread.
{{- end }}
{{- if and (ne $worker.server "gunicorn") (not .Values.server.pyweb) (not (kindIs "invalid" $given.worker)) }}
timeouts.worker is {{ int $given.worker }} with server.worker {{ $worker.server }}: {{ title $worker.server }} alone has no watchdog that would read it. Remove timeouts.worker, set server.pyweb to true (then the liveness probe uses it), or use {{ ternary "server.worker uvicorn-worker" "a Gunicorn worker" (eq $worker.server "uvicorn") }}.
{{- end }}
{{- if le (int $t.terminationGracePeriod) (add $t.drain $graceful | int) }}
timeouts.terminationGracePeriod is {{ int $t.terminationGracePeriod }} but timeouts.drain {{ int $t.drain }} + timeouts.graceful {{ $graceful }} = {{ add $t.drain $graceful }}: Kubernetes would kill the pod before it has finished. Remove timeouts.terminationGracePeriod (derived: {{ add $t.drain $graceful 5 }}) or set it above {{ add $t.drain $graceful }}.
{{- end }}
{{- end -}}

{{- define "pyweb.validate.probes" -}}
{{- $worker := include "pyweb.worker" . | fromYaml -}}
{{- $t := include "pyweb.timeouts" . | fromYaml -}}
{{- $liveness := .Values.livenessProbe -}}
{{- $period := int $liveness.periodSeconds -}}
{{- $failures := int $t.livenessFailures -}}
{{- if and $liveness.enabled (eq $worker.server "gunicorn") (le (int $t.liveness) (int $t.worker)) }}
livenessProbe.failureThreshold is {{ $failures }} with periodSeconds {{ $period }} and timeouts.worker {{ int $t.worker }}: the kubelet can restart the container after ({{ $failures }} - 1) x {{ $period }} = {{ int $t.liveness }} s, before Gunicorn replaces a stuck worker. Remove livenessProbe.failureThreshold (derived: {{ add 2 (div (add $t.worker 2) $period) }}) or lower timeouts.worker below {{ int $t.liveness }}.
{{- end }}
{{- with $liveness.httpGet }}
{{- $port := toString (ternary .port "http" (hasKey . "port")) }}
{{- if and (has $port (list "http" (toString (int $.Values.server.port)))) (le (int $t.liveness) (int $t.request)) }}
livenessProbe.httpGet asks the app's own port, where a probe waits behind requests of up to timeouts.request {{ int $t.request }} s, but the container is restarted after {{ int $t.liveness }} s: pods would be killed for being busy. Remove livenessProbe.httpGet, or set livenessProbe.failureThreshold to {{ add 2 (div $t.request $period) }} or more.
{{- end }}
{{- end }}
{{- range $name, $probe := dict "startupProbe" .Values.startupProbe "readinessProbe" .Values.readinessProbe "livenessProbe" $liveness }}
{{- $handlers := keys (pick $probe "httpGet" "exec" "grpc" "tcpSocket") | sortAlpha }}
{{- if gt (len $handlers) 1 }}
{{ $name }} has {{ join " and " $handlers }}: a probe has one handler. Keep one of them.
{{- end }}
{{- range $handler := list "httpGet" "tcpSocket" }}
{{- $port := (get $probe $handler | default dict).port }}
{{- $known := ternary (list "http" "management") (list "http") $.Values.server.pyweb }}
{{- if and (kindIs "string" $port) (not (has $port $known)) }}
{{ $name }}.{{ $handler }}.port is "{{ $port }}": the app's container has no port of that name, and the kubelet would count every probe as failed. Write {{ join " or " $known }}, or a number without quotes{{ if eq $port "management" }}; the management port needs server.pyweb{{ end }}.
{{- end }}
{{- end }}
{{- if and (hasKey $probe "successThreshold") (ne $name "readinessProbe") (ne (int $probe.successThreshold) 1) }}
{{ $name }}.successThreshold is {{ int $probe.successThreshold }}: Kubernetes allows only 1 here. Remove it.
{{- end }}
{{- end }}
{{- $recreates := eq .Values.strategy.type "Recreate" }}
{{- $startup := ternary $t.startup 0 .Values.startupProbe.enabled }}
{{- $needed := add $startup .Values.minReadySeconds (ternary $t.terminationGracePeriod 0 $recreates) | int }}
{{- if le (int .Values.progressDeadlineSeconds) $needed }}
progressDeadlineSeconds is {{ int .Values.progressDeadlineSeconds }} but a pod may take {{ int $startup }} s to start (startupProbe) + minReadySeconds {{ int .Values.minReadySeconds }}{{ if $recreates }} after the old ones had {{ int $t.terminationGracePeriod }} s to stop (strategy.type Recreate){{ end }}: a slow but good rollout would count as failed. Set progressDeadlineSeconds above {{ $needed }}.
{{- end }}
{{- end -}}

{{- define "pyweb.validate.resources" -}}
{{- range $path, $resources := dict "resources" .Values.resources "migration.resources" .Values.migration.resources }}
{{- $resources = $resources | default dict }}
{{- $limits := $resources.limits | default dict }}
{{- range $name, $request := $resources.requests }}
{{- if hasKey $limits $name }}
{{- $limit := get $limits $name }}
{{- if gt (include "pyweb.quantity" $request | float64) (include "pyweb.quantity" $limit | float64) }}
{{ $path }}.requests.{{ $name }} is {{ $request }} but {{ $path }}.limits.{{ $name }} is {{ $limit }}: Kubernetes refuses requests above limits. Raise the limit or lower the request.
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- $limits := (.Values.resources | default dict).limits | default dict }}
{{- $worker := include "pyweb.worker" . | fromYaml }}
{{- if hasKey $limits "memory" }}
{{- if lt (include "pyweb.quantity" $limits.memory | float64) (mulf $worker.memory 1048576) }}
resources.limits.memory is {{ $limits.memory }}: {{ .Values.server.worker }} with server.workers {{ int .Values.server.workers }} takes about {{ int $worker.memory }}Mi before your app has loaded anything, and would be killed at start. Raise it well above {{ int $worker.memory }}Mi, or lower server.workers.
{{- end }}
{{- end }}
{{- $tmpLimit := ternary "memory" "ephemeral-storage" (eq .Values.tmp.medium "Memory") }}
{{- range $path, $resources := dict "resources" .Values.resources "migration.resources" .Values.migration.resources }}
{{- $limits := ($resources | default dict).limits | default dict }}
{{- if hasKey $limits $tmpLimit }}
{{- $limit := get $limits $tmpLimit }}
{{- if ge (include "pyweb.quantity" $.Values.tmp.sizeLimit | float64) (include "pyweb.quantity" $limit | float64) }}
tmp.sizeLimit is {{ $.Values.tmp.sizeLimit }} but {{ $path }}.limits.{{ $tmpLimit }} is {{ $limit }}: a full /tmp {{ ternary "lives in memory and would get the app killed" "would get the pod evicted" (eq $tmpLimit "memory") }}. Lower tmp.sizeLimit or raise the limit{{ if eq $tmpLimit "memory" }}, or set tmp.medium to ""{{ end }}.
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "pyweb.validate.availability" -}}
{{- $autoscaling := .Values.autoscaling -}}
{{- $budget := .Values.podDisruptionBudget -}}
{{- $pods := int (ternary $autoscaling.minReplicas .Values.replicaCount $autoscaling.enabled) -}}
{{- $podsPath := ternary "autoscaling.minReplicas" "replicaCount" $autoscaling.enabled -}}
{{- $hasMin := not (kindIs "invalid" $budget.minAvailable) -}}
{{- $hasMax := not (kindIs "invalid" $budget.maxUnavailable) -}}
{{- if $budget.enabled }}
{{- if and $hasMin $hasMax }}
podDisruptionBudget has minAvailable {{ include "pyweb.scalar" $budget.minAvailable }} and maxUnavailable {{ include "pyweb.scalar" $budget.maxUnavailable }}: Kubernetes allows one of them. Remove one.
{{- end }}
{{- if and $hasMax (eq (include "pyweb.scalar" $budget.maxUnavailable | trimSuffix "%") "0") }}
podDisruptionBudget.maxUnavailable is {{ include "pyweb.scalar" $budget.maxUnavailable }}: no pod could ever be evicted, and node drains would hang. Set it to 1 or more, or podDisruptionBudget.enabled to false.
{{- end }}
{{- if and $hasMin (gt $pods 0) }}
{{- $minimum := include "pyweb.scalar" $budget.minAvailable }}
{{- $needed := int (ternary (ceil (divf (mulf (float64 (trimSuffix "%" $minimum)) $pods) 100)) (float64 (trimSuffix "%" $minimum)) (hasSuffix "%" $minimum)) }}
{{- if ge $needed $pods }}
podDisruptionBudget.minAvailable is {{ $minimum }}{{ if hasSuffix "%" $minimum }} ({{ $needed }} pods){{ end }} but {{ $podsPath }} is {{ $pods }}: no pod could ever be evicted, and node drains would hang. Use podDisruptionBudget.maxUnavailable 1 instead, or raise {{ $podsPath }} above {{ $needed }}.
{{- end }}
{{- end }}
{{- end }}
{{- $rolling := .Values.strategy.rollingUpdate | default dict }}
{{- if and (eq .Values.strategy.type "RollingUpdate") (hasKey $rolling "maxSurge") (hasKey $rolling "maxUnavailable") }}
{{- if and (eq (toString $rolling.maxSurge | trimSuffix "%") "0") (eq (toString $rolling.maxUnavailable | trimSuffix "%") "0") }}
strategy.rollingUpdate has maxSurge 0 and maxUnavailable 0: no pod could ever be replaced. Set maxSurge to 1 or more.
{{- end }}
{{- end }}
{{- end -}}

{{- define "pyweb.validate.autoscaling" -}}
{{- $values := .Values.autoscaling -}}
{{- $worker := include "pyweb.worker" . | fromYaml -}}
{{- $derived := include "pyweb.autoscaling" . | fromYaml -}}
{{- $signal := $values.signal -}}
{{- $cpuGiven := not (kindIs "invalid" $values.targetCPUUtilizationPercentage) -}}
{{- if not (kindIs "invalid" $values.targetMemoryUtilizationPercentage) }}
autoscaling.targetMemoryUtilizationPercentage is {{ int $values.targetMemoryUtilizationPercentage }}: Python seldom gives memory back, so pods would be added and never removed. Remove it and set resources.limits.memory instead.
{{- end }}
{{- range $values.extraMetrics }}
{{- $resource := .resource | default .containerResource | default dict }}
{{- $field := untitle .type }}
{{- $target := (get . $field | default dict).target | default dict }}
{{- $amount := get (dict "Utilization" "averageUtilization" "AverageValue" "averageValue" "Value" "value") ($target.type | default "") }}
{{- if not (hasKey . $field) }}
autoscaling.extraMetrics has a metric of type {{ .type }} without the field {{ $field }} that describes it. Add {{ $field }}, or correct the type.
{{- else if not (hasKey $target ($amount | default "type")) }}
autoscaling.extraMetrics has a metric of type {{ .type }} whose target is {{ $target.type | default "not set" }}{{ with $amount }}, without {{ . }}{{ end }}: the autoscaler could not compare it. Set target.type and target.{{ $amount | default "averageValue" }}.
{{- end }}
{{- if eq ($resource.name | default "") "memory" }}
autoscaling.extraMetrics scales on memory: Python seldom gives memory back, so pods would be added and never removed. Remove that metric.
{{- end }}
{{- end }}
{{- range $values.extraTriggers }}
{{- if eq .type "memory" }}
autoscaling.extraTriggers scales on memory: Python seldom gives memory back, so pods would be added and never removed. Remove that trigger.
{{- end }}
{{- end }}
{{- if $values.enabled }}
{{- if gt (int $values.minReplicas) (int $values.maxReplicas) }}
autoscaling.minReplicas is {{ int $values.minReplicas }} but autoscaling.maxReplicas is {{ int $values.maxReplicas }}: an autoscaler cannot satisfy both. Raise autoscaling.maxReplicas.
{{- end }}
{{- if and (eq $values.engine "keda") (not $derived.hasKeda) }}
autoscaling.engine is keda but the cluster does not serve the API keda.sh/v1alpha1. Install KEDA, set autoscaling.engine to auto or hpa, or, when you render without the cluster, pass --api-versions keda.sh/v1alpha1.
{{- end }}
{{- $resources := .Values.resources | default dict }}
{{- $amounts := ternary $resources.requests $resources.limits (hasKey ($resources.requests | default dict) "cpu") | default dict }}
{{- $cpu := ternary $amounts.cpu "not set" (hasKey $amounts "cpu") | toString }}
{{- if and (gt (int $derived.cpu) 0) (has $cpu (list "0" "0m" "not set")) }}
resources.requests.cpu is {{ $cpu }}, but the autoscaler measures CPU in percent of it. Set resources.requests.cpu, or autoscaling.targetCPUUtilizationPercentage to 0.
{{- end }}
{{- if eq $derived.engine "hpa" }}
{{- if and $worker.loop (eq $values.engine "hpa") (not $cpuGiven) (not $values.extraMetrics) }}
autoscaling.engine is hpa with server.worker {{ .Values.server.worker }}: CPU says little about its load (50 requests that wait on I/O cost 2 % CPU). Set autoscaling.engine to keda or auto, or autoscaling.targetCPUUtilizationPercentage if CPU is what runs out in your app.
{{- end }}
{{- if and (eq (int $derived.cpu) 0) (not $values.extraMetrics) }}
autoscaling.targetCPUUtilizationPercentage is 0 and autoscaling.extraMetrics is empty: a HorizontalPodAutoscaler has no signal left. Set one of them.
{{- end }}
{{- if and (eq $values.engine "hpa") $values.extraTriggers }}
autoscaling.extraTriggers are KEDA triggers, but autoscaling.engine is hpa and ignores them. Set autoscaling.engine to keda, or use autoscaling.extraMetrics.
{{- end }}
{{- if and (eq $values.engine "hpa") (not (kindIs "invalid" $signal.target)) }}
autoscaling.signal.target is {{ $signal.target }}, but autoscaling.engine is hpa and cannot read requests in flight. Set autoscaling.engine to keda, or remove autoscaling.signal.target.
{{- end }}
{{- else }}
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
{{- $worker := include "pyweb.worker" . | fromYaml }}
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
{{- end }}
{{- end -}}

{{- define "pyweb.validate.configuration" -}}
{{- $values := .Values -}}
{{- $given := list -}}
{{- range $name, $_ := $values.env }}{{ $given = append $given (dict "path" "env" "name" $name) }}{{ end -}}
{{- range $values.extraEnv }}{{ $given = append $given (dict "path" "extraEnv" "name" .name) }}{{ end -}}
{{- if not (kindIs "invalid" $values.database.maxConnections) -}}
{{- with $values.database.poolSizeVariable }}{{ $given = append $given (dict "path" "database.poolSizeVariable" "name" .) }}{{ end -}}
{{- end -}}
{{- range $kind, $maps := dict "configMaps" $values.configMaps "secrets" $values.secrets -}}
{{- range $key, $map := $maps -}}
{{- if (ternary $map.envFrom (not $map.mountPath) (hasKey $map "envFrom")) -}}
{{- range $name, $_ := $map.data }}{{ $given = append $given (dict "path" (printf "%s.%s.data" $kind $key) "name" $name) }}{{ end -}}
{{- else if not $map.mountPath }}
{{ $kind }}.{{ $key }} has envFrom false and no mountPath: the app would not see it. Set one of them.
{{- end -}}
{{- end -}}
{{- end -}}
{{- $seen := dict -}}
{{- range $given }}
{{- if not (regexMatch "^[A-Za-z_][A-Za-z0-9_]*$" .name) }}
{{ .path }} has the key "{{ .name }}": it is to become an environment variable and is no name for one, so the kubelet would leave it out. Rename it, or set mountPath (and no envFrom) to get files.
{{- end }}
{{- if eq .path "database.poolSizeVariable" }}
{{- with get $seen .name }}
{{ . }} sets {{ $values.database.poolSizeVariable }}, which the chart sets itself for database.maxConnections. Remove it and use database.poolSize.
{{- end }}
{{- else if hasKey $seen .name }}
{{ .path }} sets {{ .name }}, and so does {{ get $seen .name }}: one of them would silently win. Keep one.
{{- end }}
{{- $_ := set $seen .name .path }}
{{- if or (hasPrefix "PYWEB_" .name) (hasPrefix "UVICORN_" .name) (hasPrefix "GRANIAN_" .name) (has .name (list "GUNICORN_CMD_ARGS" "WEB_CONCURRENCY" "FORWARDED_ALLOW_IPS")) }}
{{ .path }} sets {{ .name }}: it would configure the server behind the chart's back. Use the values under `server` and `timeouts` (or server.extraArgs) instead.
{{- end }}
{{- if and $values.server.pyweb (has .name (list "POD_NAME" "PROMETHEUS_MULTIPROC_DIR")) }}
{{ .path }} sets {{ .name }}, which the chart sets itself for server.pyweb. Remove it.
{{- end }}
{{- if and (eq .path "database.poolSizeVariable") (has .name (list "PYTHON_CPU_COUNT" "OMP_NUM_THREADS")) }}
database.poolSizeVariable is {{ .name }}, which the chart sets to the CPU limit. Choose the variable that your app reads.
{{- end }}
{{- end }}
{{- if and $values.migration.enabled (not $values.migration.command) }}
migration.enabled is true but migration.command is empty. Set it, for instance to ["python", "-m", "my_app.migrate"].
{{- end }}
{{- if and (not $values.serviceAccount.create) $values.serviceAccount.annotations }}
serviceAccount.annotations are set but serviceAccount.create is false: the chart makes no ServiceAccount that could carry them. Set serviceAccount.create to true, or annotate the existing one.
{{- end }}
{{- end -}}

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

{{- define "pyweb.validate.edge" -}}
{{- $values := .Values -}}
{{- $trusted := $values.server.forwardedAllowIps | default list -}}
{{- range $path := list "ingress" "httpRoute" }}
{{- if and (get $values $path).enabled (not $trusted) }}
{{ $path }}.enabled is true but server.forwardedAllowIps is empty: the server would ignore X-Forwarded-* of the proxy, and the app would build http:// links and see the proxy as client. Set server.forwardedAllowIps to the addresses of the proxy's pods (for instance the pod CIDR).
{{- end }}
{{- end }}
{{- $everyone := "" -}}
{{- range $trusted }}{{ if regexMatch "^\\*$|/0$" . }}{{ $everyone = . }}{{ end }}{{ end -}}
{{- if and $everyone (not (and $values.networkPolicy.enabled $values.networkPolicy.from)) }}
server.forwardedAllowIps is "{{ $everyone }}" but networkPolicy does not limit who reaches the app's port: every client could forge its address and scheme. Set networkPolicy.from to the proxy's pods, or server.forwardedAllowIps to their addresses.
{{- end }}
{{- if and $values.ingress.enabled (not $values.ingress.hosts) }}
ingress.enabled is true but ingress.hosts is empty: the Ingress would route nothing. Set ingress.hosts, for instance to [{host: api.example.com}].
{{- end }}
{{- if and $values.httpRoute.enabled (not $values.httpRoute.parentRefs) }}
httpRoute.enabled is true but httpRoute.parentRefs is empty: no Gateway would take the route. Set httpRoute.parentRefs, for instance to [{name: public, namespace: gateways}].
{{- end }}
{{- $route := $values.httpRoute }}
{{- $hasWeight := not (kindIs "invalid" $route.weight) }}
{{- if and $hasWeight (not $route.sharedWith) }}
httpRoute.weight is {{ int $route.weight }} but httpRoute.sharedWith is empty: there is nothing to share the traffic with. Name the other Service in httpRoute.sharedWith, or remove httpRoute.weight.
{{- end }}
{{- if $route.sharedWith }}
{{- $sum := int $route.weight }}
{{- range $route.sharedWith }}
{{- $sum = add $sum .weight | int }}
{{- if eq .name (include "pyweb.fullname" $) }}
httpRoute.sharedWith names {{ .name }}, the Service of this release itself. Its part is httpRoute.weight; name the other app's Service.
{{- end }}
{{- end }}
{{- if not $hasWeight }}
httpRoute.sharedWith is set but httpRoute.weight is not: the chart cannot tell this app's part of the traffic. Set httpRoute.weight, for instance to 10 beside a weight of 90.
{{- else if eq $sum 0 }}
httpRoute.weight and all weights in httpRoute.sharedWith are 0: every request would be answered with 500. Give one of them more.
{{- end }}
{{- end }}
{{- range $route.rules }}
{{- $limits := .timeouts | default dict }}
{{- $filters := list }}
{{- range .filters }}{{ $filters = append $filters .type }}{{ end }}
{{- if and (has "RequestRedirect" $filters) .backendRefs }}
httpRoute.rules has a rule with backendRefs that redirects: the Gateway API refuses that. Remove its backendRefs or its filter RequestRedirect.
{{- end }}
{{- if gt (include "pyweb.seconds" ($limits.request | default "0s") | float64) (float64 $values.timeouts.request) }}
httpRoute.rules has timeouts.request {{ $limits.request }} but timeouts.request is {{ int $values.timeouts.request }}: the gateway would wait for requests that a pod which leaves does not finish. Raise timeouts.request, or lower the rule's.
{{- end }}
{{- $backend := include "pyweb.seconds" ($limits.backendRequest | default "0s") | float64 }}
{{- $whole := $limits.request | default (printf "%ds" (int $values.timeouts.request)) }}
{{- if and (gt (include "pyweb.seconds" $whole | float64) 0.0) (gt $backend (include "pyweb.seconds" $whole | float64)) }}
httpRoute.rules has timeouts.backendRequest {{ $limits.backendRequest }} above a request timeout of {{ $whole }}{{ if not $limits.request }} (timeouts.request){{ end }}: the Gateway API refuses that. Lower backendRequest, or set timeouts.request of the rule.
{{- end }}
{{- end }}
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

{{- define "pyweb.validate.monitoring" -}}
{{- $metrics := .Values.metrics -}}
{{- if and $metrics.serviceMonitor.enabled $metrics.podMonitor.enabled }}
metrics.serviceMonitor and metrics.podMonitor are both enabled: Prometheus would count everything twice. Enable one of them.
{{- end }}
{{- if and .Values.server.pyweb (ne $metrics.path "/metrics") }}
metrics.path is {{ $metrics.path }} but server.pyweb is true: pyweb serves its metrics at /metrics, which Prometheus and KEDA would not find. Remove metrics.path, or set server.pyweb to false.
{{- end }}
{{- range $name, $monitor := pick $metrics "serviceMonitor" "podMonitor" }}
{{- if $monitor.enabled }}
{{- if eq (include "pyweb.seconds" $monitor.interval | float64) 0.0 }}
metrics.{{ $name }}.interval is {{ $monitor.interval }}: Prometheus refuses to scrape all the time. Set a time, for instance 30s.
{{- end }}
{{- if gt (include "pyweb.seconds" $monitor.scrapeTimeout | float64) (include "pyweb.seconds" $monitor.interval | float64) }}
metrics.{{ $name }}.scrapeTimeout is {{ $monitor.scrapeTimeout }} but its interval is {{ $monitor.interval }}: Prometheus refuses a timeout above the interval. Lower scrapeTimeout.
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* A Prometheus duration (1m30s) in seconds. */}}
{{- define "pyweb.seconds" -}}
{{- $seconds := 0.0 -}}
{{- range regexFindAll "[0-9]+(ms|s|m|h)" . -1 -}}
{{- $unit := regexFind "[a-z]+" . -}}
{{- $seconds = addf $seconds (mulf (float64 (trimSuffix $unit .)) (get (dict "ms" 0.001 "s" 1 "m" 60 "h" 3600) $unit)) -}}
{{- end -}}
{{- $seconds -}}
{{- end -}}
