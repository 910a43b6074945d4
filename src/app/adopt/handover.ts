/*
 * Speakers handed over from MetalLB to Herald, or back. A Node's label says whose speaker may run there; the label of the
 * one that comes is set only when no Pod of the one that leaves is left, so no node has both.
 *
 * Routes are announced by every node, so nodes change one after the other and the rest carries the traffic. An L2 address
 * has one owner, which each side elects among its own speakers: with both sides on the segment there would be two. So where
 * there is an L2Advertisement, all speakers of one side leave before the first of the other comes.
 */
import type { ApiClient, RawObject } from '../kubernetes/api/client.ts'
import { resources } from '../kubernetes/api/resources.ts'
import { adoptedLabel, type Ownership } from './label.ts'
import { waitUntil, type Waiting } from './wait.ts'

export interface Side {
  readonly name: 'MetalLB' | 'Herald'
  /** Label selector of its speakers' Pods. */
  readonly speakers: string
}

export interface Handover {
  readonly client: ApiClient
  readonly namespace: string
  readonly from: Side
  readonly to: Side
  /** The label of a node that is `to`'s. */
  readonly owned: Ownership
  readonly together: boolean
  readonly waiting: Waiting
  /** A line for the person who watches. */
  readonly say: (line: string) => void
}

/** Rejects, with everything as far as it got, when a Pod does not go or come in time; may be called again. */
export async function handOver(handover: Handover, nodes: readonly string[]): Promise<void> {
  const groups = handover.together ? [nodes] : nodes.map((node) => [node])
  for (const group of groups) {
    const open = await notYetOwned(handover, group)
    if (open.length === 0) continue
    await release(handover, open)
    await admit(handover, open)
  }
}

/** What an earlier call has handed over stays as it is. */
async function notYetOwned({ client, owned }: Handover, group: readonly string[]): Promise<string[]> {
  const nodes = await client.list(resources.nodes)
  const labels = new Map(nodes.map(({ metadata }) => [metadata.name, metadata.labels?.[adoptedLabel]]))
  return group.filter((node) => labels.has(node) && labels.get(node) !== owned)
}

async function release(handover: Handover, group: readonly string[]): Promise<void> {
  const { client, from, say, waiting } = handover
  for (const node of group) await label(client, node, 'no')
  say(`${group.join(', ')}: ${from.name}'s speaker leaves`)
  await waitUntil(
    `the Pods of ${from.name}'s speakers on ${group.join(', ')} to be gone`,
    waiting,
    async () => {
      const pods = await speakersOf(handover, from)
      return pods.every((pod) => !group.includes(nodeOf(pod)))
    },
  )
}

async function admit(handover: Handover, group: readonly string[]): Promise<void> {
  const { client, to, owned, say, waiting } = handover
  for (const node of group) await label(client, node, owned)
  await waitUntil(`${to.name}'s speakers on ${group.join(', ')} to be ready`, waiting, async () => {
    const pods = await speakersOf(handover, to)
    return group.every((node) => pods.some((pod) => nodeOf(pod) === node && isReady(pod)))
  })
  say(`${group.join(', ')}: ${to.name}'s speaker is ready`)
}

function label(client: ApiClient, name: string, value: Ownership): Promise<RawObject> {
  const labels = { [adoptedLabel]: value ?? null }
  return client.patch(resources.nodes, { name }, { metadata: { labels } })
}

function speakersOf({ client, namespace }: Handover, { speakers }: Side): Promise<readonly RawObject[]> {
  return client.list(resources.pods, { namespace, labelSelector: speakers })
}

interface Pod {
  readonly spec?: { readonly nodeName?: string; readonly affinity?: unknown }
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

function nodeOf(raw: RawObject): string {
  return (raw as Pod).spec?.nodeName ?? ''
}

function isReady(raw: RawObject): boolean {
  const conditions = (raw as Pod).status?.conditions ?? []
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
}
