/* What is taken for granted where manifests, as people keep them, say nothing. */
import type { Assignment } from './model/decisions.ts'
import type { Facts } from './model/facts.ts'
import { few } from './model/wording.ts'
import { slicesByService } from './selection/endpoint-view.ts'
import { hostnameLabel, namedNodes } from './selection/node-view.ts'

/** Sentences. `assignments`: one per Service that is ours. */
export function assumptionsOf(facts: Facts, assignments: readonly Assignment[]): string[] {
  return [...nodeAssumption(facts), ...endpointAssumption(facts, assignments), ...holderAssumption(facts)]
}

function nodeAssumption(facts: Facts): string[] {
  if (facts.nodes !== undefined) return []
  const named = namedNodes(facts)
  if (named.length === 0) {
    return ['no Nodes in the input: every node is assumed healthy and eligible, and announcements name none']
  }
  return [
    `no Nodes in the input: those that other objects name are assumed, healthy and with the label ${hostnameLabel} ` +
      `only: ${few(named, 8)}`,
  ]
}

function holderAssumption({ settings, holders }: Facts): string[] {
  if (settings.election === 'hash' || holders !== undefined) return []
  return [
    'nothing in the input says which node holds which address: every address is placed as if it were new',
  ]
}

function endpointAssumption(facts: Facts, assignments: readonly Assignment[]): string[] {
  if (facts.complete === true) return []
  const slices = slicesByService(facts)
  const bare = assignments.map(({ service }) => service).filter((service) => !slices.has(service))
  if (bare.length === 0) return []
  const assumed = 'a ready endpoint on every node is assumed'
  if (facts.endpointSlices === undefined)
    return [`no EndpointSlices in the input: ${assumed} for every Service`]
  return [`no EndpointSlice of ${few(bare)}: ${assumed}`]
}
