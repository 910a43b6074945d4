/* MetalLB's workloads: held to nodes that are not handed over, its controller stopped and started; and put back as they were. */
import type { ApiClient, RawObject } from '../kubernetes/api/client.ts'
import type { Resource } from '../kubernetes/api/resources.ts'
import { daemonSets } from '../kubernetes/live/workloads.ts'
import { adoptedLabel } from './label.ts'

export const deployments: Resource = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
}

/** What it was before, so that it can be put back. */
const memory = 'heraldlb.io/before-adoption'

interface Workload extends RawObject {
  readonly spec: {
    readonly replicas?: number
    readonly updateStrategy?: { readonly type?: string }
    readonly selector: { readonly matchLabels?: Readonly<Record<string, string>> }
    readonly template: {
      readonly spec: {
        readonly affinity?: unknown
        readonly containers: readonly { readonly image?: string }[]
      }
    }
  }
}

export interface MetalLb {
  readonly speaker: Workload
  readonly controller?: Workload
}

/** By the labels of its chart or manifests; undefined where it does not run. */
export async function findMetalLb(client: ApiClient, namespace: string): Promise<MetalLb | undefined> {
  const find = async (resource: Resource, component: string): Promise<Workload | undefined> => {
    const found = (await client.list(resource, { namespace })) as readonly Workload[]
    return found.find(({ metadata: { labels = {} } }) => {
      const [app, part] = [
        labels['app.kubernetes.io/name'] ?? labels['app'],
        labels['app.kubernetes.io/component'] ?? labels['component'],
      ]
      return app === 'metallb' && part === component
    })
  }
  const [speaker, controller] = [await find(daemonSets, 'speaker'), await find(deployments, 'controller')]
  return speaker === undefined ? undefined : { speaker, ...(controller !== undefined && { controller }) }
}

/** `a=b,c=d`. */
export function selectorOf({ spec }: Workload): string {
  return Object.entries(spec.selector.matchLabels ?? {})
    .map(([label, value]) => `${label}=${value}`)
    .join(',')
}

/**
 * From now on its speakers run on nodes without our label only. Running Pods are not restarted by that: their update
 * waits for their deletion, and a node's label removes them one by one.
 */
export async function holdSpeakers(client: ApiClient, { metadata, spec }: Workload): Promise<void> {
  if (metadata.annotations?.[memory] !== undefined) return
  const { updateStrategy = { type: 'RollingUpdate' }, template } = spec
  const before = JSON.stringify({ updateStrategy, affinity: template.spec.affinity ?? null })
  const expression = { key: adoptedLabel, operator: 'DoesNotExist' }
  await client.patch(daemonSets, placeOf(metadata), {
    metadata: { annotations: { [memory]: before } },
    spec: {
      updateStrategy: { type: 'OnDelete', rollingUpdate: null },
      template: { spec: { affinity: withExpression(template.spec.affinity, expression) } },
    },
  })
}

/** As it was before `holdSpeakers`: Pods that came while it was held are restarted as its own strategy has it. */
export async function freeSpeakers(client: ApiClient, { metadata }: Workload): Promise<void> {
  const text = metadata.annotations?.[memory]
  if (text === undefined) return
  const { affinity, updateStrategy } = JSON.parse(text) as Readonly<
    Record<'affinity' | 'updateStrategy', unknown>
  >
  await client.patch(daemonSets, placeOf(metadata), {
    metadata: { annotations: { [memory]: null } },
    spec: { updateStrategy, template: { spec: { affinity } } },
  })
}

/** The number it had comes back when `replicas` is absent. */
export async function scale(
  client: ApiClient,
  { metadata, spec }: Workload,
  replicas?: number,
): Promise<void> {
  const before = Number(metadata.annotations?.[memory] ?? spec.replicas ?? 1)
  const stopping = replicas === 0
  await client.patch(deployments, placeOf(metadata), {
    metadata: { annotations: { [memory]: stopping ? String(before) : null } },
    spec: { replicas: replicas ?? before },
  })
}

const placeOf = ({ namespace, name }: RawObject['metadata']) => ({
  name,
  ...(namespace !== undefined && { namespace }),
})

interface Affinity {
  readonly nodeAffinity?: {
    readonly requiredDuringSchedulingIgnoredDuringExecution?: {
      readonly nodeSelectorTerms?: readonly { readonly matchExpressions?: readonly object[] }[]
    }
  }
}

/** In every term, for one term that holds is enough. */
function withExpression(given: unknown, expression: object): object {
  const affinity = (given ?? {}) as Affinity
  const { requiredDuringSchedulingIgnoredDuringExecution: required } = affinity.nodeAffinity ?? {}
  const terms = required?.nodeSelectorTerms ?? [{}]
  const nodeSelectorTerms = terms.map((term) => ({
    ...term,
    matchExpressions: [...(term.matchExpressions ?? []), expression],
  }))
  return {
    ...affinity,
    nodeAffinity: {
      ...affinity.nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: { ...required, nodeSelectorTerms },
    },
  }
}
