{{/* What runs, and what its objects are called. */}}
{{- define "pyweb.validate.application" -}}
{{- $fullname := include "pyweb.fullname" . -}}
{{- if not .Values.image.repository }}
image.repository is empty: there is no image to run. Set image.repository (and image.tag) to the image of your app.
{{- end }}
{{- if not .Values.app }}
app is empty: the server needs the import string of your app. Set app to "module:attribute", for instance "my_app:app".
{{- end }}
{{- if not (regexMatch "^[a-z]([a-z0-9-]*[a-z0-9])?$" $fullname) }}
The object name "{{ $fullname }}" is no name for a Service: those start with a letter and have only a-z, 0-9 and "-". Choose another release name or set fullnameOverride.
{{- end }}
{{- end -}}
