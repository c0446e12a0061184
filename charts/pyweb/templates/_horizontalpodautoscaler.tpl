{{- define "pyweb.horizontalPodAutoscaler" -}}
{{- $values := .Values.autoscaling -}}
{{- $autoscaling := include "pyweb.autoscaling" . | fromYaml -}}
{{- if and $values.enabled (eq $autoscaling.engine "hpa") -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  {{- include "pyweb.metadata" (dict "root" . "annotations" $values.annotations) | nindent 2 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ include "pyweb.fullname" . | quote }}
  minReplicas: {{ int $values.minReplicas }}
  maxReplicas: {{ int $values.maxReplicas }}
  metrics:
    {{- if gt (int $autoscaling.cpu) 0 }}
    - type: ContainerResource
      containerResource:
        name: cpu
        container: app
        target:
          type: Utilization
          averageUtilization: {{ int $autoscaling.cpu }}
    {{- end }}
    {{- with $values.extraMetrics }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with $values.behavior }}
  behavior:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
{{- end -}}
