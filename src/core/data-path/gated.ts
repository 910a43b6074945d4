/* What a node has to try: the addresses that it is to announce and whose advertisements ask for an open data path. */
import type { OwnDecisions } from '../incremental/own-part.ts'
import type { Address } from '../model/address.ts'
import type { Config } from '../model/config.ts'
import type { Announcement } from '../model/decisions.ts'
import type { Facts } from '../model/facts.ts'
import { nameOf, type ServiceObject } from '../model/objects.ts'

export interface GatedAddress {
  /** Services by name, each with the port that stands for it; at least one. */
  readonly ports: ReadonlyMap<string, number>
  /** Other nodes are to announce it beside this one. */
  readonly everyNode: boolean
}

export interface GatedPart {
  readonly addresses: ReadonlyMap<Address, GatedAddress>
  /** Whether the gate of its address has a say in the announcement. */
  isGated(announcement: Announcement): boolean
}

const nothing: GatedPart = { addresses: new Map(), isGated: () => false }

/** `retained`: addresses to be tried although the node is not to announce them, for as long as a gate may be asked for. */
export function gatedPart(
  { announcements, assignments }: Pick<OwnDecisions, 'announcements' | 'assignments'>,
  { services, settings }: Pick<Facts, 'services' | 'settings'>,
  { advertisements }: Pick<Config, 'advertisements'>,
  retained: ReadonlySet<Address>,
): GatedPart {
  const ads = advertisements.filter(({ gated }) => gated === true)
  if (ads.length === 0) return nothing
  const refs = new Set(ads.map(({ ref }) => ref))
  const pools = new Set(ads.flatMap((ad) => ad.pools))
  const asking = new Set(announcements.flatMap((one) => (refs.has(one.advertisement) ? [claimOf(one)] : [])))
  const isGated = (announcement: Announcement): boolean => asking.has(claimOf(announcement))
  const objects = new Map(services.map((service) => [nameOf(service), service]))
  const placements = new Map(settings.announcers.map(({ name, placement }) => [name, placement]))
  const addresses = new Map<Address, { ports: Map<string, number>; everyNode: boolean }>()
  const add = (address: Address, service: string, announcer?: string): void => {
    const port = gatePort(objects.get(service)?.spec)
    if (port === undefined) return
    const found = addresses.get(address) ?? { ports: new Map<string, number>(), everyNode: false }
    found.ports.set(service, port)
    if (announcer !== undefined && placements.get(announcer) === 'every-node') found.everyNode = true
    addresses.set(address, found)
  }
  for (const one of announcements) if (isGated(one)) add(one.address, one.service, one.announcer)
  if (retained.size > 0)
    for (const { service, pool = '', addresses: held } of assignments)
      for (const address of held) if (retained.has(address) && pools.has(pool)) add(address, service)
  return { addresses, isGated }
}

/** An announcer's say on a Service: one advertisement that asks is enough for all of them. */
function claimOf({ announcer, service }: Announcement): string {
  return `${announcer} ${service}`
}

/** The first TCP port stands for all: a proxy is told of a Service as a whole. UDP and SCTP cannot be tried. */
export function gatePort(spec: ServiceObject['spec'] | undefined): number | undefined {
  return spec?.ports?.find(({ protocol = 'TCP' }) => protocol === 'TCP')?.port
}
