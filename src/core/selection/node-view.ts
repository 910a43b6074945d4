/* What the selection needs to know of a node. */
import { dampedNodes } from '../election/damping.ts'
import { subnetsOf } from '../model/subnets.ts'
import { compareText } from '../model/collections.ts'
import type { AddressRange } from '../model/config.ts'
import type { Facts, Settings } from '../model/facts.ts'
import type { NodeObject } from '../model/objects.ts'
import { drainReason } from '../moves/wishes.ts'
import type { LabelMap } from '../model/selector.ts'

export type NodeFault = 'NodeDead' | 'NodeNetworkUnavailable' | 'NodeExcluded'

export interface NodeView {
  readonly name: string
  readonly labels: LabelMap
  readonly ready: boolean
  /** It announces only what no other node may. */
  readonly draining: boolean
  /** It gets nothing new while others can have it: see election/damping.ts. */
  readonly damped: boolean
  /** Absent: nobody says. */
  readonly subnets?: readonly AddressRange[]
  /** What keeps the node from announcing anything at all. */
  readonly fault?: NodeFault
}

const excludeLabel = 'node.kubernetes.io/exclude-from-external-load-balancers'

export const hostnameLabel = 'kubernetes.io/hostname'

/** Taints and deletion are not looked at, and cordon where that is asked for: they say nothing about the node's network. */
export function nodeView(
  node: NodeObject,
  settings: Settings,
  { dead, damped }: Pick<Facts, 'dead'> & { readonly damped: ReadonlyMap<string, unknown> },
): NodeView {
  const { name, labels = {} } = node.metadata
  const conditions = node.status?.conditions ?? []
  const readyCondition = conditions.find(({ type }) => type === 'Ready')
  const ready = readyCondition === undefined || readyCondition.status === 'True'
  const cutOff = conditions.some(({ type, status }) => type === 'NetworkUnavailable' && status === 'True')
  const excluded = !settings.ignoreExcludeLb && Object.hasOwn(labels, excludeLabel)
  const subnets = subnetsOf(node)
  const draining = drainReason(node, settings) !== undefined
  const view = { name, labels, ready, draining, damped: damped.has(name), ...(subnets && { subnets }) }
  if (dead.has(name)) return { ...view, fault: 'NodeDead' }
  if (cutOff) return { ...view, fault: 'NodeNetworkUnavailable' }
  return excluded ? { ...view, fault: 'NodeExcluded' } : view
}

/** Sorted by name. Where the input has no Nodes at all, those that its manifests name. */
export function nodeViews(facts: Facts): NodeView[] {
  const objects = facts.nodes ?? namedNodes(facts).map(nodeNamed)
  const { settings, dead } = facts
  const damped = dampedNodes(facts)
  return objects
    .map((object) => nodeView(object, settings, { dead, damped }))
    .sort((a, b) => compareText(a.name, b.name))
}

/** Node names that appear in endpoints, hostname selectors and the set of dead nodes; sorted. */
export function namedNodes(facts: Facts): string[] {
  const names = new Set(facts.dead)
  for (const slice of facts.endpointSlices ?? []) {
    for (const endpoint of slice.endpoints ?? []) if (endpoint.nodeName) names.add(endpoint.nodeName)
  }
  for (const name of facts.config.flatMap(hostnamesIn)) names.add(name)
  return [...names].sort()
}

function nodeNamed(name: string): NodeObject {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { [hostnameLabel]: name } } }
}

function hostnamesIn(object: Facts['config'][number]): string[] {
  if (!('nodeSelectors' in object.spec)) return []
  return (object.spec.nodeSelectors ?? []).flatMap(({ matchLabels = {}, matchExpressions = [] }) => {
    const listed = matchExpressions.filter(({ key, operator }) => key === hostnameLabel && operator === 'In')
    const exact = matchLabels[hostnameLabel]
    return [...(exact === undefined ? [] : [exact]), ...listed.flatMap(({ values = [] }) => values)]
  })
}
