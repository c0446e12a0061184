{{- define "pyweb.serviceAccount" -}}
{{- $account := .Values.serviceAccount -}}
{{- if $account.create -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- $metadata := include "pyweb.metadata" (dict "root" . "annotations" $account.annotations) | fromYaml }}
  {{- toYaml (merge (dict "name" (include "pyweb.serviceAccountName" .)) $metadata) | nindent 2 }}
automountServiceAccountToken: {{ $account.automount }}
{{- end -}}
{{- end -}}
