/* What nodes have found out about an address that is about to be handed out, and what follows from it. */
import { compareText } from './model/collections.ts'
import { standingOn } from './model/subnets.ts'
import { type Address } from './model/address.ts'
import type { Config } from './model/config.ts'
import type { Facts } from './model/facts.ts'
import type { Finding } from './model/finding.ts'
import { covering, labelsIn, type Prospect } from './candidates.ts'
import { nodeViews, type NodeView } from './selection/node-view.ts'
import { selectsAny } from './model/selector.ts'

/** What one node says. */
export interface Answer extends Finding {
  readonly node: string
  /** Whom it thinks to be asking, itself among them. */
  readonly askers: readonly string[]
}

export type Verdict = Finding & { readonly node: string }

/** So many nodes ask about each address: one may be deaf, another cut off. */
const askersAtMost = 3

/** Undefined: a node that was to ask has not answered yet. One that hears somebody is enough. */
export function verdictOf(answers: readonly Answer[]): Verdict | undefined {
  const heard = new Set(answers.map(({ node }) => node))
  const complete =
    answers.length > 0 && answers.every(({ askers }) => askers.every((node) => heard.has(node)))
  const taken = answers.some(({ answeredBy }) => answeredBy !== undefined)
  return complete || taken ? lastVerdictOf(answers) : undefined
}

/** When no more are waited for; undefined without any answer. */
export function lastVerdictOf(answers: readonly Answer[]): Verdict | undefined {
  const telling =
    answers.find(({ answeredBy }) => answeredBy !== undefined) ??
    answers.find(({ unasked }) => unasked === undefined) ??
    answers[0]
  if (telling === undefined) return undefined
  const { node, answeredBy, unasked } = telling
  return {
    node,
    ...(answeredBy && { answeredBy }),
    ...(unasked !== undefined && { unasked: `${node}: ${unasked}` }),
  }
}

/**
 * The nodes that ask about each address of the prospects: the first of those that could announce it, by the order of the
 * election as far as that is known of an address that nobody holds.
 */
export function askersFor(
  prospects: readonly Prospect[],
  facts: Facts,
  surveyor: { readonly announcer: string; readonly config: Config },
): ReadonlyMap<Address, readonly string[]> {
  const fit = nodeViews(facts).filter(({ fault }) => fault === undefined)
  const labelsOf = labelsIn(facts)
  const askers = prospects.flatMap((prospect) => {
    const selectors = covering(prospect, labelsOf(prospect.service), surveyor).map((one) => one.nodeSelectors)
    const able = fit.filter(({ labels }) => selectors.some((some) => selectsAny(some, labels)))
    return prospect.addresses.map((address) => [address, firstOf(able, address, facts)] as const)
  })
  return new Map(askers)
}

function firstOf(nodes: readonly NodeView[], address: Address, { sha256 }: Facts): readonly string[] {
  return nodes
    .map((view) => ({
      name: view.name,
      merit: meritOf(view, address),
      hash: sha256(`${view.name}#${address}`),
    }))
    .sort((a, b) => b.merit - a.merit || compareText(a.hash, b.hash))
    .slice(0, askersAtMost)
    .map(({ name }) => name)
}

function meritOf({ draining, ready, subnets }: NodeView, address: Address): number {
  const standing = { on: 2, unknown: 1, off: 0 }[standingOn(subnets, address)]
  return (draining ? 0 : 100) + (ready ? 10 : 0) + standing
}
