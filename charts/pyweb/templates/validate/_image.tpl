{{/* One image has one version. */}}
{{- define "pyweb.validate.image" -}}
{{- if and (include "pyweb.image.hasOwnVersion" .) .Values.image.tag }}
image.repository is {{ .Values.image.repository }} and image.tag is {{ .Values.image.tag }}: an image has one version. Take it out of image.repository, or remove image.tag.
{{- end }}
{{- if and (contains "@" .Values.image.repository) .Values.image.digest }}
image.repository is {{ .Values.image.repository }} and image.digest is {{ .Values.image.digest }}: an image has one digest. Take it out of image.repository, or remove image.digest.
{{- end }}
{{- end -}}
