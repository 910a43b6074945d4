/* What one node must make true through one plugin: the decisions, in the vocabulary of the seam. */
import type { Offer, Resource, ServiceFacts, Target } from './announcer.ts'
import { poolKind } from './bgp/safety-belt.ts'
import { compareAddresses, formatAddress, type Address } from './model/address.ts'
import { groupBy, packed } from './model/collections.ts'
import type { Config, Pool } from './model/config.ts'
import type { Announcement, Decisions } from './model/decisions.ts'
import type { Facts } from './model/facts.ts'
import { nameOf, type ServiceObject } from './model/objects.ts'
import { same, sameItems } from './model/same.ts'
import { selectsAny, type LabelMap } from './model/selector.ts'
import { endpointsOf, slicesByService, type EndpointView } from './selection/endpoint-view.ts'
import { nodeViews } from './selection/node-view.ts'

export interface Audience {
  readonly node: string
  /** Name of the plugin. */
  readonly announcer: string
}

export interface Desired {
  /** Sorted by address; without grants, which the host adds. */
  readonly targets: readonly Target[]
  readonly resources: Readonly<Record<string, readonly Resource[]>>
}

/** `config`: what the decisions were made from. */
export function desiredFor(
  decisions: Pick<Decisions, 'announcements'>,
  facts: Facts,
  audience: Audience & { readonly config: Config },
): Desired {
  return new DesiredBook(audience).desired(decisions, facts, audience.config)
}

/** Cuts again and again; a target that nothing touched since the last time stays the very same object. */
export class DesiredBook {
  readonly #audience: Audience
  #made: ReadonlyMap<Address, MadeTarget> = new Map()

  constructor(audience: Audience) {
    this.#audience = audience
  }

  /** `config`: what the decisions were made from. */
  desired(decisions: Pick<Decisions, 'announcements'>, facts: Facts, config: Config): Desired {
    const { node, announcer } = this.#audience
    const own = decisions.announcements.filter(
      (announcement) => announcement.announcer === announcer && announcement.nodes.includes(node),
    )
    const serviceFacts = factsByService(facts, node)
    const made = new Map<Address, MadeTarget>()
    for (const [address, announcements] of groupBy(own, ({ address }) => address)) {
      const services = [...new Set(announcements.map(({ service }) => service))].sort().map(serviceFacts)
      made.set(address, this.#make(address, announcements, services))
    }
    this.#made = made
    const targets = [...made.values()].map(({ target }) => target)
    targets.sort((a, b) => compareAddresses(a.address, b.address))
    return { targets, resources: resourcesFor(facts, config, this.#audience) }
  }

  #make(
    address: Address,
    announcements: readonly Announcement[],
    services: readonly ServiceFacts[],
  ): MadeTarget {
    const before = this.#made.get(address)
    const untouched =
      before !== undefined &&
      sameItems(before.announcements, announcements) &&
      same(before.target.services, services)
    if (untouched) return before
    return { announcements, target: targetOf(address, announcements, services) }
  }
}

interface MadeTarget {
  readonly announcements: readonly Announcement[]
  readonly target: Target
}

function targetOf(
  address: Address,
  announcements: readonly Announcement[],
  services: readonly ServiceFacts[],
): Target {
  const byAd = groupBy(announcements, ({ advertisement }) => advertisement)
  const ads = [...byAd.keys()].sort()
  const offers = packed(ads.flatMap((ad) => offerOf(byAd.get(ad) ?? [])))
  return { address, services, offers, stage: 'serve' }
}

/** Services that share an address may reach it through the same advertisement: one offer, all of their peers. */
function offerOf(announcements: readonly Announcement[]): Offer[] {
  const [first] = announcements
  if (first === undefined) return []
  const { advertisement, options } = first
  if (first.peers === undefined) return [{ advertisement, options }]
  const peers = [...new Set(announcements.flatMap(({ peers }) => peers ?? []))].sort()
  return [{ advertisement, options, resources: { BGPPeer: peers } }]
}

function factsByService(facts: Facts, node: string): (service: string) => ServiceFacts {
  const objects = new Map(facts.services.map((service) => [nameOf(service), service]))
  const slices = slicesByService(facts)
  const nodes = facts.nodes?.length ?? 1
  return (name) =>
    serviceFactsOf(name, objects.get(name), endpointsOf(slices.get(name), facts), { node, nodes })
}

function serviceFactsOf(
  name: string,
  object: ServiceObject | undefined,
  endpoints: EndpointView,
  { node, nodes }: { readonly node: string; readonly nodes: number },
): ServiceFacts {
  return {
    name,
    labels: object?.metadata.labels ?? {},
    localEndpoints: endpoints.assumed ? 1 : (endpoints.byNode.get(node) ?? 0),
    totalEndpoints: endpoints.assumed ? nodes : endpoints.total,
  }
}

/** The kinds the plugin asks for, as far as they apply to the node; each kind is present even when empty. */
export function resourcesFor(
  facts: Facts,
  config: Config,
  { node, announcer }: Audience,
): Record<string, readonly Resource[]> {
  const labels: LabelMap = nodeViews(facts).find(({ name }) => name === node)?.labels ?? {}
  const kinds = facts.settings.announcers.find(({ name }) => name === announcer)?.resources ?? []
  const resources: Record<string, readonly Resource[]> = {}
  for (const kind of kinds) {
    if (kind === poolKind) {
      resources[kind] = config.pools.map(poolResource)
      continue
    }
    resources[kind] = config.resources
      .filter((resource) => resource.kind === kind)
      .filter((resource) => resource.announcer === undefined || resource.announcer === announcer)
      .filter((resource) => selectsAny(resource.nodeSelectors, labels))
      .map(({ name, revision, spec }) => ({ name, revision, spec }))
  }
  return resources
}

/** A pool as plugins see it: its addresses as `first-last`, and nothing of who may have them. */
function poolResource({ name, ranges }: Pool): Resource {
  const addresses = ranges.map(
    ({ family, first, last }) => `${formatAddress(family, first)}-${formatAddress(family, last)}`,
  )
  return { name, revision: addresses.join(' '), spec: { addresses } }
}
