{{/* Users and privileges. */}}
{{- define "pyweb.validate.kubernetes-security-context" -}}
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
