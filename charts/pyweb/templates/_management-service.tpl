{{/*
Endpoints of the management port, for KEDA and Prometheus. Apart from the app's Service, so that the port is not published with it.
Pods that are not ready are listed too: an overloaded pod must go on counting in the autoscaling signal.
*/}}
{{- define "pyweb.managementService" -}}
{{- if .Values.server.pyweb -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "pyweb.metadata" (dict "root" . "suffix" "-management" "component" "management") | nindent 2 }}
spec:
  type: ClusterIP
  clusterIP: None
  publishNotReadyAddresses: true
  selector:
    {{- include "pyweb.selectorLabels" . | nindent 4 }}
  ports:
    - name: management
      port: {{ int .Values.server.management.port }}
      targetPort: management
      protocol: TCP
      appProtocol: http
{{- end -}}
{{- end -}}
