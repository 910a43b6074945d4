/*
 * What a kubelet makes of a container: its argument list, its capabilities, and where its volumes are. The user stays
 * root, who may read the checkout that the program is in, wherever that is.
 */
import type { ApiObject } from './api-client.ts'

export interface PodSpec {
  readonly nodeName?: string
  readonly serviceAccountName: string
  readonly containers: readonly Container[]
  readonly volumes?: readonly { readonly name: string; readonly secret?: { readonly secretName: string } }[]
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

interface Container {
  readonly args: readonly string[]
  readonly env?: readonly {
    readonly name: string
    readonly valueFrom: { readonly fieldRef: { readonly fieldPath: string } }
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

/** Of the one container, with variables put in, and paths inside volumes as `place` has them. */
export function argumentsOf(pod: Pod, place: (volume: string) => string): string[] {
  const [container] = pod.spec.containers
  const values = new Map(
    (container?.env ?? []).map(({ name, valueFrom }) => [
      `$(${name})`,
      fieldOf(pod, valueFrom.fieldRef.fieldPath),
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
export function privileges({ spec }: Pod): string[] {
  const { capabilities } = spec.containers[0]?.securityContext ?? {}
  const added = (capabilities?.add ?? []).map((name) => `+${name.toLowerCase()}`)
  return ['setpriv', '--bounding-set', ['-all', ...added].join(), '--inh-caps=-all', '--no-new-privs']
}

function fieldOf(pod: Pod, path: string): string {
  const [, part, field] = /^(metadata|spec)\.(\w+)$/.exec(path) ?? []
  const values = (part === undefined ? {} : pod[part]) as Record<string, string>
  return values[field ?? ''] ?? ''
}
