{{/* What Ingress and HTTPRoute need. */}}
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
{{- end -}}
