{{/* Pod of `helm test`: asks the Service, with the Python of the app's image. */}}
{{- define "pyweb.helmTest" -}}
{{- $test := .Values.helmTest -}}
{{- if $test.enabled -}}
{{- $context := dict "root" . -}}
{{- $hook := dict "helm.sh/hook" "test" "helm.sh/hook-delete-policy" "before-hook-creation,hook-succeeded" -}}
{{- $some := dict "cpu" "100m" "memory" "64Mi" "ephemeral-storage" "16Mi" -}}
{{- $resources := dict "requests" $some "limits" $some -}}
apiVersion: v1
kind: Pod
metadata:
  {{- include "pyweb.metadata" (dict "root" . "suffix" "-test" "component" "test" "annotations" $hook) | nindent 2 }}
spec:
  restartPolicy: Never
  automountServiceAccountToken: false
  {{- include "pyweb.pod.common" $context | nindent 2 }}
  containers:
    - name: test
      {{- include "pyweb.container.common" $context | nindent 6 }}
      command:
        - python3
        - -c
        - |
          import http.client, sys
          host, port, path, seconds, expected = sys.argv[1:]
          connection = http.client.HTTPConnection(host, int(port), timeout=int(seconds))
          connection.request("GET", path)
          status = connection.getresponse().status
          print(f"GET {path}: status {status}, expected {expected}")
          sys.exit(status >= 500 if expected == "below 500" else status != int(expected))
        - {{ include "pyweb.fullname" . | quote }}
        - {{ int .Values.service.port | quote }}
        - {{ $test.path | quote }}
        - {{ int .Values.timeouts.request | quote }}
        - {{ ternary "below 500" (toString (int $test.expectStatus)) (kindIs "invalid" $test.expectStatus) | quote }}
      resources:
        {{- toYaml $resources | nindent 8 }}
{{- end -}}
{{- end -}}
