/* The order of an adoption: who allocates first, then the speakers; and the same way back. */
import type { ApiClient, RawObject } from '../kubernetes/api/client.ts'
import { resources } from '../kubernetes/api/resources.ts'
import { daemonSets } from '../kubernetes/live/workloads.ts'
import { handOver, type Side } from './handover.ts'
import { adoptedLabel } from './label.ts'
import {
  deployments,
  findMetalLb,
  freeSpeakers,
  holdSpeakers,
  scale,
  selectorOf,
  type MetalLb,
} from './metallb.ts'
import { waitUntil, type Waiting } from './wait.ts'

export interface Adoption {
  readonly client: ApiClient
  readonly namespace: string
  /** Whether there is an address that one node at a time answers for. */
  readonly hasL2: boolean
  readonly waiting: Waiting
  readonly say: (line: string) => void
}

export interface Parties {
  readonly metallb: MetalLb
  readonly controller: RawObject
}

const heraldSpeakers = 'app.kubernetes.io/name=herald,app.kubernetes.io/component=speaker'
const heraldControllers = 'app.kubernetes.io/name=herald,app.kubernetes.io/component=controller'

/** Rejects with what is missing, and how to come by it. */
export async function partiesOf(client: ApiClient, namespace: string): Promise<Parties> {
  const metallb = await findMetalLb(client, namespace)
  if (metallb === undefined)
    throw new Error(`found no speakers of MetalLB in ${namespace}: there is nothing to hand over`)
  const [[speaker], [controller]] = await Promise.all([
    client.list(daemonSets, { namespace, labelSelector: heraldSpeakers }),
    client.list(deployments, { namespace, labelSelector: heraldControllers }),
  ])
  const remedy = 'apply an overlay with the component deploy/kustomize/components/adopt first'
  if (speaker === undefined || controller === undefined)
    throw new Error(`found no Herald in ${namespace}; ${remedy}`)
  if (!isHeld(speaker)) {
    throw new Error(`found Herald's speakers on every node, beside MetalLB's; ${remedy}`)
  }
  return { metallb, controller }
}

export async function adopt(adoption: Adoption, { metallb, controller }: Parties): Promise<void> {
  const { client, namespace, say } = adoption
  await holdSpeakers(client, metallb.speaker)
  if (metallb.controller !== undefined && metallb.controller.spec.replicas !== 0) {
    await scale(client, metallb.controller, 0)
    await podsGone(adoption, selectorOf(metallb.controller))
    say("MetalLB's controller has stopped")
  }
  await setReplicas(client, controller, 2)
  say("Herald's controller has started")
  const [from, to] = sides(metallb)
  const nodes = await nodesOf(client, namespace, from)
  await handOver({ ...adoption, from, to, owned: 'true', together: adoption.hasL2 }, nodes)
}

export async function giveBack(adoption: Adoption, { metallb, controller }: Parties): Promise<void> {
  const { client, namespace, say } = adoption
  await setReplicas(client, controller, 0)
  await podsGone(adoption, heraldControllers)
  say("Herald's controller has stopped")
  if (metallb.controller?.spec.replicas === 0) {
    await scale(client, metallb.controller)
    say("MetalLB's controller has started")
  }
  const [to, from] = sides(metallb)
  const labelled = await client.list(resources.nodes, { labelSelector: adoptedLabel })
  const nodes = new Set([
    ...(await nodesOf(client, namespace, from)),
    ...labelled.map(({ metadata }) => metadata.name),
  ])
  await handOver({ ...adoption, from, to, owned: undefined, together: adoption.hasL2 }, [...nodes].sort())
  await freeSpeakers(client, metallb.speaker)
}

function sides({ speaker }: MetalLb): [metallb: Side, herald: Side] {
  return [
    { name: 'MetalLB', speakers: selectorOf(speaker) },
    { name: 'Herald', speakers: heraldSpeakers },
  ]
}

/** Those where its speakers run, and those that are between the two, from a call that was interrupted. */
async function nodesOf(client: ApiClient, namespace: string, { speakers }: Side): Promise<string[]> {
  const [pods, between] = await Promise.all([
    client.list(resources.pods, { namespace, labelSelector: speakers }),
    client.list(resources.nodes, { labelSelector: `${adoptedLabel}=no` }),
  ])
  const running = pods.flatMap(
    ({ spec }) => (spec as { readonly nodeName?: string } | undefined)?.nodeName ?? [],
  )
  return [...new Set([...running, ...between.map(({ metadata }) => metadata.name)])].sort()
}

function podsGone({ client, namespace, waiting }: Adoption, labelSelector: string): Promise<void> {
  return waitUntil(`the Pods of ${labelSelector} to be gone`, waiting, async () => {
    return (await client.list(resources.pods, { namespace, labelSelector })).length === 0
  })
}

async function setReplicas(
  client: ApiClient,
  { metadata, spec }: RawObject,
  replicas: number,
): Promise<void> {
  const { replicas: now = 1 } = spec as { readonly replicas?: number }
  // Whoever runs more keeps them.
  if (replicas === 0 ? now === 0 : now > 0) return
  const { namespace, name } = metadata
  await client.patch(
    deployments,
    { name, ...(namespace !== undefined && { namespace }) },
    { spec: { replicas } },
  )
}

function isHeld({ spec }: RawObject): boolean {
  const { template } = spec as {
    readonly template: { readonly spec: { readonly nodeSelector?: Readonly<Record<string, string>> } }
  }
  return template.spec.nodeSelector?.[adoptedLabel] === 'true'
}
