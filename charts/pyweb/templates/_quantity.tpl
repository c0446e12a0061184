{{/* A Kubernetes quantity (100m, 1.5, 256Mi) as a number of base units. */}}
{{- define "pyweb.quantity" -}}
{{- $text := include "pyweb.scalar" . -}}
{{- $number := regexFind "^[0-9.]+([eE][+-]?[0-9]+)?" $text -}}
{{- $factors := dict "" 1 "n" 1e-9 "u" 1e-6 "m" 0.001 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "P" 1e15 "E" 1e18
      "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 "Pi" 1125899906842624 "Ei" 1152921504606846976 -}}
{{- mulf (float64 $number) (get $factors (trimPrefix $number $text) | default 1) -}}
{{- end -}}
