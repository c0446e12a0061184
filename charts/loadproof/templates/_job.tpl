{{/*
A Job's spec: called with the context, the role of its pods (master or worker), their number, and their arguments as YAML.
*/}}
{{- define "loadproof.jobSpec" -}}
{{- $context := index . 0 -}}
{{- $role := index . 1 -}}
{{- $arguments := index . 3 -}}
{{- $values := $context.Values -}}
completions: {{ index . 2 }}
parallelism: {{ index . 2 }}
# a second try would hide the first verdict
backoffLimit: 0
activeDeadlineSeconds: {{ $values.activeDeadlineSeconds | default (add (include "loadproof.plannedSeconds" $context) (ternary 600 300 (gt (int $values.workers) 0))) }}
{{- if not (kindIs "invalid" $values.ttlSecondsAfterFinished) }}
ttlSecondsAfterFinished: {{ $values.ttlSecondsAfterFinished }}
{{- end }}
template:
  metadata:
    labels:
      {{- include "loadproof.labels" $context | nindent 6 }}
      loadproof-role: {{ $role }}
      {{- with $values.podLabels }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
    {{- with $values.podAnnotations }}
    annotations:
      {{- toYaml . | nindent 6 }}
    {{- end }}
  spec:
    restartPolicy: Never
    automountServiceAccountToken: false
    enableServiceLinks: false
    {{- with $values.imagePullSecrets }}
    imagePullSecrets:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- with $values.priorityClassName }}
    priorityClassName: {{ . }}
    {{- end }}
    securityContext:
      {{- toYaml $values.podSecurityContext | nindent 6 }}
    containers:
      - name: loadproof
        image: {{ include "loadproof.image" $context }}
        {{- with $values.image.pullPolicy }}
        imagePullPolicy: {{ . }}
        {{- end }}
        command: [loadproof]
        args:
          {{- $arguments | nindent 10 }}
        {{- with $values.extraEnv }}
        env:
          {{- toYaml . | nindent 10 }}
        {{- end }}
        {{- with $values.envFrom }}
        envFrom:
          {{- toYaml . | nindent 10 }}
        {{- end }}
        resources:
          {{- toYaml $values.resources | nindent 10 }}
        securityContext:
          {{- toYaml $values.securityContext | nindent 10 }}
        volumeMounts:
          - name: report
            mountPath: /report
          - name: tmp
            mountPath: /tmp
          {{- if $values.scenarios }}
          - name: scenarios
            mountPath: /scenarios
            readOnly: true
          {{- end }}
          {{- with $values.extraVolumeMounts }}
          {{- toYaml . | nindent 10 }}
          {{- end }}
    volumes:
      - name: report
        emptyDir:
          sizeLimit: 64Mi
      - name: tmp
        emptyDir:
          sizeLimit: 64Mi
      {{- if $values.scenarios }}
      - name: scenarios
        configMap:
          name: {{ include "loadproof.scenarios" $context }}
      {{- end }}
      {{- with $values.extraVolumes }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
    {{- with $values.nodeSelector }}
    nodeSelector:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- with $values.tolerations }}
    tolerations:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- with $values.affinity }}
    affinity:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- with $values.topologySpreadConstraints }}
    topologySpreadConstraints:
      {{- toYaml . | nindent 6 }}
    {{- end }}
{{- end -}}
