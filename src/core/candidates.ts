/* Addresses that are about to be handed out, as an announcer that surveys is told of them. */
import type { DesiredState } from './announcer.ts'
import { compareAddresses, type Address } from './model/address.ts'
import type { Advertisement, Config } from './model/config.ts'
import type { Facts } from './model/facts.ts'
import { nameOf } from './model/objects.ts'
import { selectsAny, type LabelMap } from './model/selector.ts'
import { nodeViews } from './selection/node-view.ts'

export type Candidate = NonNullable<DesiredState['candidates']>[number]

/** What a Service is to get from a pool. */
export interface Prospect {
  /** `namespace/name`. */
  readonly service: string
  readonly pool: string
  readonly addresses: readonly Address[]
}

export interface Surveyor {
  readonly node: string
  readonly announcer: string
}

/** Each address under the question that is put about it. */
export type QuestionOf = (address: Address) => string

/**
 * As far as the announcer would announce them from the node; sorted by address. What it would not announce there may
 * lie anywhere, and whoever answers for it may be meant to.
 */
export function candidatesFor(
  prospects: readonly Prospect[],
  facts: Facts,
  { node, announcer, config }: Surveyor & { readonly config: Config },
  question: QuestionOf,
): readonly Candidate[] {
  if (prospects.length === 0) return []
  const own = nodeViews(facts).find(({ name }) => name === node)?.labels ?? {}
  const offers = new Map<Address, Map<string, Advertisement>>()
  const labelsOf = labelsIn(facts)
  for (const prospect of prospects) {
    for (const advertisement of covering(prospect, labelsOf(prospect.service), { announcer, config })) {
      if (!selectsAny(advertisement.nodeSelectors, own)) continue
      for (const address of prospect.addresses)
        offers.set(address, (offers.get(address) ?? new Map()).set(advertisement.ref, advertisement))
    }
  }
  return [...offers]
    .map(([address, byRef]) => ({
      address,
      question: question(address),
      offers: [...byRef.values()].map(({ ref, options }) => ({ advertisement: ref, options })),
    }))
    .sort((a, b) => compareAddresses(a.address, b.address))
}

/** The labels of a Service by its name; none of one that is not there. */
export function labelsIn({ services }: Pick<Facts, 'services'>): (service: string) => LabelMap {
  const labels = new Map(services.map((service) => [nameOf(service), service.metadata.labels ?? {}]))
  return (service) => labels.get(service) ?? {}
}

/** The advertisements by which the announcer would tell of what a Service gets from the pool, from whatever node. */
export function covering(
  { pool }: Pick<Prospect, 'pool'>,
  labels: LabelMap,
  { announcer, config }: { readonly announcer: string; readonly config: Pick<Config, 'advertisements'> },
): readonly Advertisement[] {
  return config.advertisements.filter(
    (one) =>
      one.announcer === announcer && one.pools.includes(pool) && selectsAny(one.serviceSelectors, labels),
  )
}
