/* Kinds that only commands for people look at; the running processes have no right to them. */
import type { Resource } from '../api/resources.ts'

export const daemonSets: Resource = {
  group: 'apps',
  version: 'v1',
  kind: 'DaemonSet',
  plural: 'daemonsets',
  namespaced: true,
}

export const configMaps: Resource = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
}
