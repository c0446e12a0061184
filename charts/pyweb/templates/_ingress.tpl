{{- define "pyweb.ingress" -}}
{{- $ingress := .Values.ingress -}}
{{- if $ingress.enabled -}}
{{- $derived := include "pyweb.edge.ingressAnnotations" . | fromYaml -}}
{{- $backend := dict "service" (dict "name" (include "pyweb.fullname" .) "port" (dict "name" "http")) -}}
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  {{- include "pyweb.metadata" (dict "root" . "labels" $ingress.labels "annotations" (merge (pick $derived "alb.ingress.kubernetes.io/load-balancer-attributes" "alb.ingress.kubernetes.io/target-group-attributes") ($ingress.annotations | default dict) $derived)) | nindent 2 }}
spec:
  {{- with $ingress.className }}
  ingressClassName: {{ . | quote }}
  {{- end }}
  {{- with $ingress.tls }}
  tls:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  rules:
    {{- range $ingress.hosts }}
    - host: {{ .host | quote }}
      http:
        paths:
          {{- range .paths | default (list (dict "path" "/")) }}
          - path: {{ .path | quote }}
            pathType: {{ .pathType | default "Prefix" }}
            backend:
              {{- toYaml $backend | nindent 14 }}
          {{- end }}
    {{- end }}
{{- end -}}
{{- end -}}
