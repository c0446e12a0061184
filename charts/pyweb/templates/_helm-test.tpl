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
          connection = http.client.HTTPConnection("{{ include "pyweb.fullname" . }}", {{ int .Values.service.port }}, timeout={{ int .Values.timeouts.request }})
          connection.request("GET", {{ $test.path | quote }})
          status = connection.getresponse().status
          {{- if kindIs "invalid" $test.expectStatus }}
          expected, passed = "a status below 500", status < 500
          {{- else }}
          expected, passed = "status {{ int $test.expectStatus }}", status == {{ int $test.expectStatus }}
          {{- end }}
          print(f"GET {{ $test.path }}: status {status}, expected {expected}")
          sys.exit(0 if passed else 1)
      resources:
        {{- toYaml $resources | nindent 8 }}
{{- end -}}
{{- end -}}
