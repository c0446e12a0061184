{{/* What the Gateway API asks of the rules of a route beyond the types of its fields: its CRD has CEL rules for it. */}}
{{- define "pyweb.validate.http-route-rules" -}}
{{- range .Values.httpRoute.rules }}
{{- $prefixes := 0 }}
{{- range .matches }}
{{- $path := .path | default dict }}
{{- $type := $path.type | default "PathPrefix" }}
{{- if eq $type "PathPrefix" }}{{ $prefixes = add1 $prefixes }}{{ end }}
{{- if and $path.value (ne $type "RegularExpression") (not (regexMatch "^/" $path.value)) }}
httpRoute.rules matches the path {{ $path.value }}, which does not start with "/". Write /{{ $path.value }}, or set type: RegularExpression.
{{- else if and $path.value (ne $type "RegularExpression") (or (regexMatch "//|/\\.\\.?(/|$)|%2[fF]|#" $path.value) (not (regexMatch "^([-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+$" $path.value))) }}
httpRoute.rules matches the path {{ $path.value }}: the Gateway API allows no "//", "/./", "/../", "%2F", "#" and no character that a URL must escape. Write the path as clients send it.
{{- end }}
{{- end }}
{{- if not .matches }}{{ $prefixes = 1 }}{{ end }}
{{- $single := and (eq (int $prefixes) 1) (le (len (.matches | default list)) 1) }}
{{- include "pyweb.validate.http-route-rules.filters" (dict "filters" .filters "of" "httpRoute.rules" "onePrefix" $single) }}
{{- $redirects := false }}
{{- range .filters }}{{ if eq .type "RequestRedirect" }}{{ $redirects = true }}{{ end }}{{ end }}
{{- if and $redirects .backendRefs }}
httpRoute.rules has a rule with backendRefs that redirects: the Gateway API refuses that. Remove its backendRefs or its filter RequestRedirect.
{{- end }}
{{- range .backendRefs }}
{{- include "pyweb.validate.http-route-rules.backend" (dict "backend" . "of" "httpRoute.rules[].backendRefs") }}
{{- include "pyweb.validate.http-route-rules.filters" (dict "filters" .filters "of" "httpRoute.rules[].backendRefs" "onePrefix" $single) }}
{{- end }}
{{- $session := .sessionPersistence | default dict }}
{{- $cookie := $session.cookieConfig | default dict }}
{{- if and $session.cookieConfig (eq ($session.type | default "Cookie") "Header") }}
httpRoute.rules has sessionPersistence.cookieConfig with type: Header: a header has no cookie. Remove cookieConfig, or set type: Cookie.
{{- end }}
{{- if and (eq ($cookie.lifetimeType | default "Session") "Permanent") (not $session.absoluteTimeout) }}
httpRoute.rules has sessionPersistence.cookieConfig.lifetimeType: Permanent without absoluteTimeout: nothing says when the cookie expires. Set sessionPersistence.absoluteTimeout.
{{- end }}
{{- end }}
{{- end -}}

{{/* Takes filters, of (the value path for the message), onePrefix (whether the rule matches one path prefix only). */}}
{{- define "pyweb.validate.http-route-rules.filters" -}}
{{- $of := .of }}
{{- $onePrefix := .onePrefix }}
{{- $seen := list }}
{{- range $filter := .filters }}
{{- $type := $filter.type }}
{{- $field := get (dict "URLRewrite" "urlRewrite" "CORS" "cors") $type | default (untitle $type) }}
{{- if not (hasKey $filter $field) }}
{{ $of }} has a filter of type {{ $type }} without {{ $field }}: it would do nothing, and the Gateway API refuses it. Write its settings under {{ $field }}.
{{- end }}
{{- range $name := keys $filter | sortAlpha }}
{{- if not (has $name (list "type" $field)) }}
{{ $of }} has a filter of type {{ $type }} with {{ $name }}: the Gateway API refuses that. Make it a filter of its own, with its own type.
{{- end }}
{{- end }}
{{- if and (has $type $seen) (has $type (list "CORS" "RequestHeaderModifier" "ResponseHeaderModifier" "RequestRedirect" "URLRewrite")) }}
{{ $of }} has two filters of type {{ $type }} in one place: the Gateway API allows one. Put them together.
{{- end }}
{{- $seen = append $seen $type }}
{{- $settings := get $filter $field | default dict }}
{{- if has $field (list "requestRedirect" "urlRewrite") }}
{{- with $settings.path }}
{{- if not (hasKey . (untitle .type)) }}
{{ $of }} has a filter {{ $type }} with path.type {{ .type }} without path.{{ untitle .type }}. Set path.{{ untitle .type }}, or correct path.type.
{{- else if gt (len .) 2 }}
{{ $of }} has a filter {{ $type }} with path.type {{ .type }} and the settings of another one: the Gateway API refuses that. Keep path.{{ untitle .type }} only.
{{- else if and (eq .type "ReplacePrefixMatch") (not $onePrefix) }}
{{ $of }} has a filter {{ $type }} that replaces the matched prefix, in a rule that does not match exactly one path prefix. Give the rule one match with path.type: PathPrefix, or use ReplaceFullPath.
{{- end }}
{{- end }}
{{- end }}
{{- if eq $field "requestMirror" }}
{{- if and (hasKey $settings "percent") $settings.fraction }}
{{ $of }} mirrors a percent and a fraction of the requests: the Gateway API allows one of them. Remove percent or fraction.
{{- end }}
{{- with $settings.fraction }}
{{- if gt (int .numerator) (int (.denominator | default 100)) }}
{{ $of }} mirrors {{ int .numerator }}/{{ int (.denominator | default 100) }} of the requests, which is more than all. Lower numerator, or raise denominator.
{{- end }}
{{- end }}
{{- end }}
{{- with $settings.backendRef }}
{{- include "pyweb.validate.http-route-rules.backend" (dict "backend" . "of" (printf "%s[].filters[].%s" $of $field)) }}
{{- end }}
{{- if eq $field "externalAuth" }}
{{- $protocol := $settings.protocol | lower }}
{{- if not (hasKey $settings $protocol) }}
{{ $of }} has a filter ExternalAuth with protocol {{ $settings.protocol }} without {{ $protocol }}. Set externalAuth.{{ $protocol }}, {} if it needs nothing.
{{- end }}
{{- if hasKey $settings (ternary "http" "grpc" (eq $protocol "grpc")) }}
{{ $of }} has a filter ExternalAuth with protocol {{ $settings.protocol }} and the settings of the other protocol: the Gateway API refuses that. Remove externalAuth.{{ ternary "http" "grpc" (eq $protocol "grpc") }}.
{{- end }}
{{- end }}
{{- if eq $field "cors" }}
{{- range $list := list "allowOrigins" "allowMethods" "allowHeaders" }}
{{- $entries := get $settings $list | default list }}
{{- if and (has "*" $entries) (gt (len $entries) 1) }}
{{ $of }} has a filter CORS with {{ $list }} that holds "*" beside others: the Gateway API refuses that. Keep "*" alone, or the others.
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- if and (has "RequestRedirect" $seen) (has "URLRewrite" $seen) }}
{{ $of }} has the filters RequestRedirect and URLRewrite in one place: the Gateway API refuses that, because a redirected request is not passed on. Remove one.
{{- end }}
{{- end -}}

{{- define "pyweb.validate.http-route-rules.backend" -}}
{{- $backend := .backend }}
{{- if and (eq ($backend.kind | default "Service") "Service") (not $backend.group) (not $backend.port) }}
{{ .of }} names the Service {{ $backend.name }} without a port: the Gateway API refuses that. Set port.
{{- end }}
{{- end -}}
