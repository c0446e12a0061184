{{- define "pyweb.validate.migration" -}}
{{- if and .Values.migration.enabled (not .Values.migration.command) }}
migration.enabled is true but migration.command is empty. Set it, for instance to ["python", "-m", "my_app.migrate"].
{{- end }}
{{- end -}}
