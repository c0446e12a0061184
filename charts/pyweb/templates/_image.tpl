{{/* Image reference. A digest wins over a tag; a repository that carries its own tag or digest stays as it is. */}}
{{- define "pyweb.image" -}}
{{- $image := .Values.image -}}
{{- if $image.digest -}}
{{- $image.repository }}@{{ $image.digest }}
{{- else if $image.tag -}}
{{- $image.repository }}:{{ $image.tag }}
{{- else if eq (include "pyweb.image.isVersioned" .) "true" -}}
{{- $image.repository }}
{{- else -}}
{{- $image.repository }}:latest
{{- end -}}
{{- end -}}

{{/* "true" when the image reference names a version. */}}
{{- define "pyweb.image.isVersioned" -}}
{{- $image := .Values.image -}}
{{- or (not (empty $image.digest)) (not (empty $image.tag)) (not (empty (include "pyweb.image.hasOwnVersion" .))) -}}
{{- end -}}

{{/* Not empty when image.repository carries a tag or digest of its own. */}}
{{- define "pyweb.image.hasOwnVersion" -}}
{{- if regexMatch "[:@]" (last (splitList "/" .Values.image.repository)) }}true{{ end -}}
{{- end -}}

{{/* Version label: tag or digest of the image in the characters that a label allows. */}}
{{- define "pyweb.version" -}}
{{- $reference := include "pyweb.image" . | splitList "/" | last -}}
{{- $version := .Values.image.tag | default (regexReplaceAll "^[^:@]*[:@]" $reference "") -}}
{{- regexReplaceAll "[^A-Za-z0-9_.-]" $version "-" | trunc 63 | trimAll "-_." -}}
{{- end -}}
