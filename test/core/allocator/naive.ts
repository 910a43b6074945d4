/*
 * The obviously right allocator: lists, scans and nothing remembered but who has what. It decides everything anew
 * after each change and shares no code with the real one; the tests hold the two against each other.
 */
import type { Pool } from '#core/model/config.ts'
import type { LabelSelector, ServiceObject } from '#core/model/objects.ts'

type Family = 'IPv4' | 'IPv6'

interface Entry {
  readonly service: ServiceObject
  held: string[]
}

const familyOf = (address: string): Family => (address.includes(':') ? 'IPv6' : 'IPv4')

export class NaiveAllocator {
  #pools: readonly Pool[] = []
  readonly #entries = new Map<string, Entry>()
  #quarantine: readonly string[] = []
  /** Every address of every pool, in the order in which they are handed out. */
  #addresses: { pool: Pool; address: string }[] = []

  setPools(pools: readonly Pool[]): void {
    this.#pools = pools.toSorted((a, b) => (a.name < b.name ? -1 : 1))
    this.#addresses = this.#pools.flatMap((pool) => addressesIn(pool).map((address) => ({ pool, address })))
    if (pools.length === 0) return
    for (const entry of this.#entries.values()) entry.held = currentOf(entry)
    this.#decide()
  }

  setQuarantine(addresses: readonly string[]): void {
    this.#quarantine = addresses
    this.#decide()
  }

  upsert(service: ServiceObject): void {
    const name = `${service.metadata.namespace}/${service.metadata.name}`
    const known = this.#entries.get(name)
    this.#entries.delete(name)
    if (service.spec.type === 'LoadBalancer') {
      const same = known?.service.metadata.uid === service.metadata.uid
      const entry = { service, held: same ? (known?.held ?? []) : [] }
      if (this.#pools.length > 0) entry.held = currentOf(entry)
      this.#entries.set(name, entry)
      this.#decide(entry)
    } else this.#decide()
  }

  remove(name: string): void {
    this.#entries.delete(name)
    this.#decide()
  }

  /** Addresses by Service. */
  result(): Record<string, readonly string[]> {
    const names = [...this.#entries.keys()].sort()
    return Object.fromEntries(names.map((name) => [name, this.#entries.get(name)?.held ?? []]))
  }

  /**
   * First everybody keeps what is lawful, the one that changed last, as it has to give way to the others. Then those
   * who lack something are served in order, from the start again whenever somebody gave something up.
   */
  #decide(changed?: Entry): void {
    if (this.#pools.length === 0) return
    const entries = [...this.#entries.values()].sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))
    const before = new Map(entries.map((entry) => [entry, entry.held]))
    for (const entry of entries) entry.held = []
    for (const entry of [...entries.filter((entry) => entry !== changed), ...(changed ? [changed] : [])]) {
      entry.held = this.#kept(entry, before.get(entry) ?? [])
    }
    while (entries.some((entry) => this.#serve(entry) === 'gave up'));
  }

  #kept(entry: Entry, current: readonly string[]): string[] {
    const families = familiesOf(entry.service)
    if (families === 'not enough') return []
    const wanted = current.filter((address) => families.includes(familyOf(address)))
    const parts = [wanted, ...(wanted.length > 1 ? wanted.map((address) => [address]) : [])]
    return parts.find((part) => part.length > 0 && this.#lawful(entry, part, listedBy(entry))) ?? []
  }

  /** `exempt`: addresses that may be held although they are in quarantine. */
  #lawful(entry: Entry, addresses: readonly string[], exempt: readonly string[] = []): boolean {
    const owners = new Set(addresses.map((address) => this.#ownerOf(address)))
    const [owner] = owners
    const { pool, exact: asked } = requestOf(entry.service)
    const exact = hasFault(entry.service) ? [] : asked
    if (owners.size !== 1 || owner === undefined || !admits(owner, entry.service)) return false
    if (pool !== '' && pool !== owner.name) return false
    if (exact.length > 0 && exact.toSorted().join() !== addresses.toSorted().join()) return false
    return addresses.every((address) => this.#joinable(entry, address, exempt))
  }

  #serve(entry: Entry): 'gave up' | undefined {
    const families = familiesOf(entry.service)
    const { exact } = requestOf(entry.service)
    if (families === 'not enough' || hasFault(entry.service)) return undefined
    if (entry.held.length === families.length) return undefined
    if (entry.held.length > 0) return exact.length > 0 ? undefined : this.#complete(entry, families)
    entry.held = exact.length > 0 ? this.#exact(entry, exact, families) : this.#automatic(entry, families)
    return undefined
  }

  #complete(entry: Entry, families: readonly Family[]): 'gave up' | undefined {
    const [first = ''] = entry.held
    const pool = this.#ownerOf(first)
    const missing = families.filter((family) => family !== familyOf(first))
    const found = pool === undefined ? [] : this.#lowest(entry, [pool], missing)
    if (found.length > 0) entry.held = [first, ...found]
    else if (entry.service.spec.ipFamilyPolicy === 'RequireDualStack') {
      entry.held = []
      return 'gave up'
    }
    return undefined
  }

  #exact(entry: Entry, exact: readonly string[], families: readonly Family[]): string[] {
    const fits = exact.map(familyOf).toSorted().join() === families.join()
    return fits && this.#lawful(entry, exact)
      ? exact.toSorted((a, b) => (familyOf(a) < familyOf(b) ? -1 : 1))
      : []
  }

  #automatic(entry: Entry, families: readonly Family[]): string[] {
    const { service } = entry
    const { pool: requested } = requestOf(service)
    const automatic = this.#pools.filter(({ autoAssign }) => autoAssign)
    const tiers =
      requested === ''
        ? [
            automatic.filter((pool) => pinnedTo(pool, service)).toSorted(byPriority),
            automatic.filter(({ pin }) => pin === undefined),
          ]
        : [this.#pools.filter((pool) => pool.name === requested && admits(pool, service))]
    for (const tier of tiers) {
      const both = this.#lowest(entry, tier, families)
      if (both.length > 0) return both
      if (families.length < 2 || service.spec.ipFamilyPolicy !== 'PreferDualStack') continue
      const primary: Family = service.spec.ipFamilies?.[0] === 'IPv6' ? 'IPv6' : 'IPv4'
      for (const family of [primary, ...families.filter((other) => other !== primary)]) {
        const one = this.#lowest(entry, tier, [family])
        if (one.length > 0) return one
      }
    }
    return []
  }

  /** The lowest addresses, one of each family, of the first pool that has them all. */
  #lowest(entry: Entry, pools: readonly Pool[], families: readonly Family[]): string[] {
    for (const pool of pools) {
      const found = families.flatMap(
        (family) =>
          this.#addresses.find(
            (candidate) =>
              candidate.pool === pool &&
              familyOf(candidate.address) === family &&
              this.#joinable(entry, candidate.address),
          )?.address ?? [],
      )
      if (found.length === families.length) return found
    }
    return []
  }

  #joinable(entry: Entry, address: string, exempt: readonly string[] = []): boolean {
    if (this.#quarantine.includes(address) && !exempt.includes(address)) return false
    const holders = [...this.#entries.values()].filter(
      (other) => other !== entry && other.held.includes(address),
    )
    return holders.every((holder) => mayShare(entry.service, holder.service))
  }

  #ownerOf(address: string): Pool | undefined {
    return this.#addresses.find((candidate) => candidate.address === address)?.pool
  }
}

function currentOf(entry: Entry): string[] {
  return entry.held.length > 0 ? entry.held : listedBy(entry)
}

function listedBy({ service }: Entry): string[] {
  return (service.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? [])
}

function orderOf({ service: { metadata } }: Entry): string {
  return `${metadata.creationTimestamp ?? '~'} ${metadata.namespace}/${metadata.name}`
}

function annotation({ metadata }: ServiceObject, name: string): string {
  const annotations = metadata.annotations ?? {}
  return annotations[`metallb.io/${name}`] ?? annotations[`metallb.universe.tf/${name}`] ?? ''
}

function requestOf(service: ServiceObject): { pool: string; exact: readonly string[] } {
  const text = annotation(service, 'loadBalancerIPs')
  const exact = text === '' ? [service.spec.loadBalancerIP ?? ''] : text.split(',')
  const usable = exact.filter((address) => address !== '' && address !== 'nonsense')
  return { pool: annotation(service, 'address-pool'), exact: usable }
}

/** Nothing new for such a Service, whatever is free. */
function hasFault(service: ServiceObject): boolean {
  const { ipFamilyPolicy, loadBalancerIP } = service.spec
  const text = annotation(service, 'loadBalancerIPs')
  if (text === 'nonsense' || (text !== '' && loadBalancerIP !== undefined)) return true
  return familiesOf(service).length === 2 && ipFamilyPolicy === 'SingleStack'
}

function familiesOf({ spec }: ServiceObject): readonly Family[] | 'not enough' {
  const ips = spec.clusterIPs ?? []
  const families = (['IPv4', 'IPv6'] as const).filter((family) => ips.some((ip) => familyOf(ip) === family))
  return spec.ipFamilyPolicy === 'RequireDualStack' && families.length < 2 ? 'not enough' : families
}

export function mayShare(a: ServiceObject, b: ServiceObject): boolean {
  const key = annotation(a, 'allow-shared-ip')
  const backend = ({ spec }: ServiceObject): string =>
    spec.externalTrafficPolicy === 'Local'
      ? JSON.stringify(
          Object.entries(spec.selector ?? {})
            .map(String)
            .toSorted(),
        )
      : '[]'
  const clash = (a.spec.ports ?? []).some((mine) =>
    (b.spec.ports ?? []).some(
      (other) => mine.port === other.port && (mine.protocol ?? 'TCP') === (other.protocol ?? 'TCP'),
    ),
  )
  return key !== '' && key === annotation(b, 'allow-shared-ip') && backend(a) === backend(b) && !clash
}

function selected(selectors: readonly LabelSelector[], { metadata }: ServiceObject): boolean {
  return selectors.some(({ matchLabels = {} }) =>
    Object.entries(matchLabels).every(([key, value]) => metadata.labels?.[key] === value),
  )
}

function admits({ pin }: Pool, service: ServiceObject): boolean {
  const { namespaces = [], serviceSelectors = [] } = pin ?? {}
  if (namespaces.length > 0 && !namespaces.includes(service.metadata.namespace ?? '')) return false
  return serviceSelectors.length === 0 || selected(serviceSelectors, service)
}

function pinnedTo(pool: Pool, service: ServiceObject): boolean {
  if (pool.pin === undefined || !admits(pool, service)) return false
  const { namespaces, serviceSelectors } = pool.pin
  const unrestricted = namespaces === undefined && serviceSelectors === undefined
  return unrestricted || (namespaces ?? []).length > 0 || (serviceSelectors ?? []).length > 0
}

function byPriority(a: Pool, b: Pool): number {
  const rank = ({ pin }: Pool): number => (pin?.priority === 0 ? 1e9 : (pin?.priority ?? 1e9))
  return rank(a) - rank(b)
}

function addressesIn({ ranges, avoidBuggyIPs }: Pool): string[] {
  const addresses: string[] = []
  for (const { family, first, last } of ranges) {
    for (let value = first; value <= last; value++) {
      const address =
        family === 'IPv4'
          ? quadOf(value)
          : `2001:db8::${(value & 0xffffn).toString(16)}`.replace(/::0$/, '::')
      if (!(avoidBuggyIPs && /^\d.*\.(0|255)$/.test(address))) addresses.push(address)
    }
  }
  return addresses
}

function quadOf(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.')
}
