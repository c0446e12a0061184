{{- define "pyweb.service" -}}
{{- $service := .Values.service -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "pyweb.metadata" (dict "root" . "labels" $service.labels "annotations" (merge (dict) ($service.annotations | default dict) (include "pyweb.edge.serviceAnnotations" . | fromYaml))) | nindent 2 }}
spec:
  type: {{ $service.type }}
  {{- with $service.spec }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  selector:
    {{- include "pyweb.selectorLabels" . | nindent 4 }}
  ports:
    - name: http
      port: {{ int $service.port }}
      targetPort: http
      protocol: TCP
      appProtocol: http
      {{- if not (kindIs "invalid" $service.nodePort) }}
      nodePort: {{ int $service.nodePort }}
      {{- end }}
{{- end -}}
