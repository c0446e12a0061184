{{/* Fields of a pod's spec that the Deployment, the migration Job and the test pod share. Context: root. */}}
{{- define "pyweb.pod.common" -}}
{{- $values := .root.Values -}}
{{- /* Variables such as UVICORN_PORT of a Service called "uvicorn" would configure the server. */ -}}
enableServiceLinks: false
{{- with $values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- toYaml ($values.podSecurityContext | default dict) | nindent 2 }}
{{- with $values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with $values.runtimeClassName }}
runtimeClassName: {{ . | quote }}
{{- end }}
{{- with $values.schedulerName }}
schedulerName: {{ . | quote }}
{{- end }}
{{- with $values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.hostAliases }}
hostAliases:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.dnsPolicy }}
dnsPolicy: {{ . }}
{{- end }}
{{- with $values.dnsConfig }}
dnsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Fields of a container that runs the app's image. Context: root. */}}
{{- define "pyweb.container.common" -}}
{{- $values := .root.Values -}}
image: {{ include "pyweb.image" .root | quote }}
{{- with $values.image.pullPolicy }}
imagePullPolicy: {{ . }}
{{- end }}
{{- with $values.server.workingDir }}
workingDir: {{ . | quote }}
{{- end }}
securityContext:
  {{- toYaml ($values.securityContext | default dict) | nindent 2 }}
terminationMessagePolicy: FallbackToLogsOnError
{{- end -}}

{{/* Volumes. Context: root; configSuffix as in _environment.tpl. */}}
{{- define "pyweb.pod.volumes" -}}
{{- $root := .root -}}
{{- $suffix := .configSuffix | default "" -}}
- name: tmp
  emptyDir:
    {{- with $root.Values.tmp.medium }}
    medium: {{ . }}
    {{- end }}
    sizeLimit: {{ $root.Values.tmp.sizeLimit }}
{{- range $name, $map := $root.Values.configMaps }}
{{- if $map.mountPath }}
- name: configmap-{{ $name }}
  configMap:
    name: {{ include "pyweb.fullname" $root }}-{{ $name }}{{ $suffix }}
{{- end }}
{{- end }}
{{- range $name, $map := $root.Values.secrets }}
{{- if $map.mountPath }}
- name: secret-{{ $name }}
  secret:
    secretName: {{ include "pyweb.fullname" $root }}-{{ $name }}{{ $suffix }}
{{- end }}
{{- end }}
{{- with $root.Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Mounts of the volumes above. Context: root. */}}
{{- define "pyweb.container.volumeMounts" -}}
{{- $root := .root -}}
- name: tmp
  mountPath: /tmp
{{- range $name, $map := $root.Values.configMaps }}
{{- with $map.mountPath }}
- name: configmap-{{ $name }}
  mountPath: {{ . | quote }}
  readOnly: true
{{- end }}
{{- end }}
{{- range $name, $map := $root.Values.secrets }}
{{- with $map.mountPath }}
- name: secret-{{ $name }}
  mountPath: {{ . | quote }}
  readOnly: true
{{- end }}
{{- end }}
{{- with $root.Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}
