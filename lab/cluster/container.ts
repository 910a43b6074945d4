/*
 * What a kubelet makes of a container: its argument list, its capabilities, and where its volumes are. The user stays
 * root, who may read the checkout that the program is in, wherever that is.
 */
import { existsSync } from 'node:fs'

import type { ApiObject } from './api-client.ts'

export interface PodSpec {
  readonly nodeName?: string
  readonly serviceAccountName: string
  readonly containers: readonly Container[]
  readonly initContainers?: readonly Container[]
  readonly volumes?: readonly {
    readonly name: string
    readonly secret?: { readonly secretName: string }
    readonly configMap?: { readonly name: string }
  }[]
  readonly affinity?: {
    readonly nodeAffinity?: {
      readonly requiredDuringSchedulingIgnoredDuringExecution: {
        readonly nodeSelectorTerms: readonly {
          readonly matchFields?: readonly { readonly values: readonly string[] }[]
        }[]
      }
    }
  }
}

export interface Container {
  readonly name: string
  /** Of an init container, `Always` makes it a sidecar: it runs beside the others, and ends after them. */
  readonly restartPolicy?: string
  readonly command?: readonly string[]
  readonly args?: readonly string[]
  readonly env?: readonly {
    readonly name: string
    readonly value?: string
    readonly valueFrom?: { readonly fieldRef: { readonly fieldPath: string } }
  }[]
  readonly securityContext?: {
    readonly capabilities?: { readonly add?: readonly string[] }
  }
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[]
}

export interface Pod extends ApiObject {
  readonly spec: PodSpec
}

/** Where the DaemonSet's controller wants it; undefined for a Pod that may run anywhere. */
export function wantedNode({ spec }: Pod): string | undefined {
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  return terms?.nodeSelectorTerms[0]?.matchFields?.[0]?.values[0]
}

/** In the order in which they start. */
export function sidecarsOf({ spec }: Pod): readonly Container[] {
  return (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')
}

/** Of Herald's container, with variables put in, and paths inside volumes as `place` has them. */
export function argumentsOf(pod: Pod, place: (volume: string) => string): string[] {
  const [container] = pod.spec.containers
  const values = new Map(
    (container?.env ?? []).map(({ name, valueFrom }) => [
      `$(${name})`,
      valueFrom === undefined ? '' : fieldOf(pod, valueFrom.fieldRef.fieldPath),
    ]),
  )
  return (container?.args ?? []).map((arg) => {
    let text = arg.replace(/\$\(\w+\)/g, (name) => values.get(name) ?? name)
    for (const { name, mountPath } of container?.volumeMounts ?? [])
      text = text.replace(`=${mountPath}`, `=${place(name)}`)
    return text
  })
}

/** What starts a program with the capabilities that the container has, and none to be had otherwise. */
export function privileges({ securityContext }: Container): string[] {
  const { add = [] } = securityContext?.capabilities ?? {}
  const added = add.map((name) => `+${name.toLowerCase()}`)
  return ['setpriv', '--bounding-set', ['-all', ...added].join(), '--inh-caps=-all', '--no-new-privs']
}

/**
 * Mounts of the container that this machine has a place for: below /run, which has nothing else but `folder`, where the
 * volumes are, and over folders that are there. Where Herald is told of a folder by a flag, the flag has its path.
 */
export function mountsOf({ volumeMounts = [] }: Container, folder: string): string[] {
  const real = volumeMounts.map(({ name, mountPath }) => ({
    name,
    path: mountPath.replace(/^\/var\/run\//, '/run/'),
  }))
  const possible = real.filter(({ path }) => path.startsWith('/run/') || existsSync(path))
  if (possible.length === 0) return []
  return [
    `mount -n --bind '${folder}' /mnt`,
    'mount -n -t tmpfs tmpfs /run',
    `mkdir -p '${folder}'`,
    `mount -n --bind /mnt '${folder}'`,
    ...possible.map(({ name, path }) => `mkdir -p ${path} && mount -n --bind '${folder}/${name}' ${path}`),
  ]
}

function fieldOf(pod: Pod, path: string): string {
  const [, part, field] = /^(metadata|spec)\.(\w+)$/.exec(path) ?? []
  const values = (part === undefined ? {} : pod[part]) as Record<string, string>
  return values[field ?? ''] ?? ''
}
