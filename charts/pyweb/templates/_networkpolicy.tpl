{{/* Covers the pods of the app and of its migration. The kubelet's probes always pass, and so does the pod of `helm test`. */}}
{{- define "pyweb.networkPolicy" -}}
{{- $policy := .Values.networkPolicy -}}
{{- if $policy.enabled -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "pyweb.metadata" (dict "root" .) | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      app.kubernetes.io/name: {{ include "pyweb.name" . | quote }}
      app.kubernetes.io/instance: {{ .Release.Name | quote }}
    matchExpressions:
      - {key: app.kubernetes.io/component, operator: In, values: [web, migration]}
  policyTypes:
    - Ingress
    {{- if $policy.egress.enabled }}
    - Egress
    {{- end }}
  ingress:
    - ports:
        - {port: {{ int .Values.server.port }}, protocol: TCP}
      {{- with $policy.from }}
      from:
        {{- toYaml . | nindent 8 }}
        {{- if $.Values.helmTest.enabled }}
        - podSelector:
            matchLabels:
              app.kubernetes.io/name: {{ include "pyweb.name" $ | quote }}
              app.kubernetes.io/instance: {{ $.Release.Name | quote }}
              app.kubernetes.io/component: test
        {{- end }}
      {{- end }}
    {{- /* A rule without peers would admit everyone: no peers, no rule. */}}
    {{- if and .Values.server.pyweb $policy.managementFrom }}
    - ports:
        - {port: {{ int .Values.server.management.port }}, protocol: TCP}
      from:
        {{- toYaml $policy.managementFrom | nindent 8 }}
    {{- end }}
    {{- with $policy.extraIngress }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- if $policy.egress.enabled }}
  egress:
    - ports:
        - {port: 53, protocol: UDP}
        - {port: 53, protocol: TCP}
    {{- with $policy.egress.database.to }}
    - ports:
        - {port: {{ int $policy.egress.database.port }}, protocol: TCP}
      to:
        {{- toYaml . | nindent 8 }}
    {{- end }}
    {{- with $policy.egress.rules }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- end }}
{{- end -}}
{{- end -}}
