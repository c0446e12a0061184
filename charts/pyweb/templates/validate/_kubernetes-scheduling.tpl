{{/* Spread, tolerations, DNS and the ServiceAccount's name. */}}
{{- define "pyweb.validate.kubernetes-scheduling" -}}
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
