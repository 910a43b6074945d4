{{- define "herald.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "herald.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else if contains (include "herald.name" .) .Release.Name }}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "herald.name" .) | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- /* Labels of every object. */}}
{{- define "herald.labels" -}}
app.kubernetes.io/name: herald
app.kubernetes.io/part-of: herald
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "herald.image" -}}
{{- $image := .Values.image -}}
{{- $repository := required "image.repository is required: where the image of Herald was pushed to" $image.repository -}}
{{- if $image.digest -}}{{ $repository }}@{{ $image.digest }}
{{- else -}}{{ $repository }}:{{ default .Chart.AppVersion $image.tag }}
{{- end -}}
{{- end }}

{{- /* Image of a backend: a list of its name and its values. */}}
{{- define "herald.backendImage" -}}
{{- $name := index . 0 -}}
{{- $image := index . 1 -}}
{{- required (printf "speaker.%s.image.repository is required with speaker.%s.enabled" $name $name) $image.repository -}}
{{- if $image.tag }}:{{ $image.tag }}{{ end -}}
{{- end }}

{{- define "herald.controllerAccount" -}}
{{- default (printf "%s-controller" (include "herald.fullname" .)) .Values.controller.serviceAccount.name }}
{{- end }}

{{- define "herald.speakerAccount" -}}
{{- default (printf "%s-speaker" (include "herald.fullname" .)) .Values.speaker.serviceAccount.name }}
{{- end }}

{{- define "herald.heartbeatSecret" -}}
{{- default (printf "%s-heartbeat" (include "herald.fullname" .)) .Values.speaker.secretName }}
{{- end }}

{{- define "herald.bgpBackend" -}}
{{- if and .Values.speaker.frr.enabled .Values.speaker.gobgp.enabled }}
{{- fail "speaker.frr.enabled and speaker.gobgp.enabled: found both, allowed: one of them" }}
{{- end }}
{{- if .Values.speaker.frr.enabled }}frr{{ else if .Values.speaker.gobgp.enabled }}gobgp{{ else }}native-bgp{{ end }}
{{- end }}

{{- /* A file of the kustomization with this release's names in it: that file is the truth, this chart only gives it names. */}}
{{- define "herald.renamed" -}}
{{- $root := index . 0 -}}
{{- $name := include "herald.fullname" $root -}}
{{- $root.Files.Get (printf "files/%s.yaml" (index . 1)) | replace "herald-controller" (printf "%s-controller" $name) | replace "herald-heartbeat" (include "herald.heartbeatSecret" $root) | replace "herald-webhook" (printf "%s-webhook" $name) | replace "metallb-system" $root.Release.Namespace }}
{{- end }}
