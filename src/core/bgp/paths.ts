/* What the offers of each target ask for, read once for all peers. */
import type { Offer, Target } from '../announcer.ts'
import { familyOf } from '../model/address.ts'
import { readBgpOptions, type BgpOptions } from './options.ts'
import { prefixOf, prefixText, type Prefix } from './prefix.ts'

/** One offer, carried out: an address becomes the prefix its advertisement aggregates it to. */
export interface Path {
  readonly prefix: Prefix
  /** The prefix's text. */
  readonly key: string
  readonly advertisement: string
  readonly options: BgpOptions
  /** Ready endpoints on this node, of the Services that hold the address. */
  readonly endpoints: number
  /** BGPPeer names; absent = all. */
  readonly peers?: readonly string[]
  /** Announced as about to end. */
  readonly draining?: boolean
}

export interface TargetPaths {
  readonly target: Target
  /** In the order of the target's offers. */
  readonly paths: readonly Path[]
}

export function pathsOf(targets: readonly Target[]): TargetPaths[] {
  // Thousands of offers of one advertisement share its options.
  const read = new Map<Offer['options'], BgpOptions>()
  const optionsOf = (offer: Offer): BgpOptions => {
    const known = read.get(offer.options) ?? readBgpOptions(offer.options)
    read.set(offer.options, known)
    return known
  }
  return targets.map((target) => ({
    target,
    paths: target.offers.map((offer) => pathOf(target, offer, optionsOf(offer))),
  }))
}

/** Does the path lead to this peer? */
export function leadsTo({ peers }: Path, peer: string): boolean {
  return peers === undefined || peers.includes(peer)
}

function pathOf(
  { address, services }: Target,
  { advertisement, resources }: Offer,
  options: BgpOptions,
): Path {
  const v4 = familyOf(address) === 'IPv4'
  const prefix = prefixOf(address, v4 ? options.aggregationLength : options.aggregationLengthV6)
  const peers = resources?.BGPPeer
  const endpoints = services.reduce((sum, { localEndpoints }) => sum + localEndpoints, 0)
  return { prefix, key: prefixText(prefix), advertisement, options, endpoints, ...(peers && { peers }) }
}
