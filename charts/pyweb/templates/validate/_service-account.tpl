{{- define "pyweb.validate.service-account" -}}
{{- if and (not .Values.serviceAccount.create) .Values.serviceAccount.annotations }}
serviceAccount.annotations are set but serviceAccount.create is false: the chart makes no ServiceAccount that could carry them. Set serviceAccount.create to true, or annotate the existing one.
{{- end }}
{{- end -}}
