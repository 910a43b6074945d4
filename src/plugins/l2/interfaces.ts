/* Which of the node's interfaces may carry a target, and why not the others. */
import { familyOf, type Address, type Family } from '#core/model/address.ts'
import { cidrOf, isLinkLocal } from './subnet.ts'
import type { Mac } from './wire/ethernet.ts'

/** What is known of an interface; in the shape in which the platform tells it. */
export interface LinkFacts {
  readonly index: number
  readonly name: string
  readonly up: boolean
  readonly running: boolean
  readonly ethernet: boolean
  readonly broadcast: boolean
  readonly noArp: boolean
  readonly enslaved: boolean
  readonly hardwareAddress: Mac
  readonly addresses: readonly { readonly address: Address; readonly prefixLength: number }[]
}

/** Interfaces a target asks for, by name; undefined = all suitable ones. */
export type Wanted = ReadonlySet<string> | undefined

/** Where a target can be announced; with no link, `reason` and `message` say what stands in the way. */
export type Placing =
  | { readonly links: readonly [LinkFacts, ...LinkFacts[]] }
  | {
      readonly links: readonly []
      readonly reason: 'InterfaceMissing' | 'InterfaceUnusable' | 'NoInterface'
      readonly message: string
    }

export const NOWHERE: Placing = { links: [], reason: 'NoInterface', message: 'not placed yet' }

export class Interfaces {
  /** Every interface that is not excluded, usable or not. */
  readonly #listed: readonly LinkFacts[]
  /** Nearly all targets are placed alike: one copy for all of them. */
  readonly #placings = new Map<string, Placing>()

  constructor(links: readonly LinkFacts[], excluded: (name: string) => boolean) {
    this.#listed = links.filter(({ name }) => !excluded(name))
  }

  /** Equal for two sets of links that differ in nothing that matters here. */
  get fingerprint(): string {
    return JSON.stringify(this.#listed)
  }

  /** Those that can carry IPv4, by index; a few of them may lack what IPv6 needs. */
  get usable(): readonly LinkFacts[] {
    return this.#listed.filter((link) => obstacle(link, 'IPv4') === undefined)
  }

  /** Subnets of the usable interfaces, as sorted CIDR text. */
  subnets(): readonly string[] {
    const assigned = this.usable
      .flatMap(({ addresses }) => addresses)
      .filter(({ address }) => !isLinkLocal(address))
    return [...new Set(assigned.map(({ address, prefixLength }) => cidrOf(address, prefixLength)))].toSorted()
  }

  /** The interface that has the address itself: the kernel answers for it on all of them. */
  owner(address: Address): LinkFacts | undefined {
    return this.#listed.find(({ addresses }) => addresses.some((own) => own.address === address))
  }

  place(address: Address, wanted: Wanted): Placing {
    const family = familyOf(address)
    const key = [family, ...(wanted ?? ['*'])].join(' ')
    const known = this.#placings.get(key)
    if (known !== undefined) return known
    const placing = this.#placed(family, wanted)
    this.#placings.set(key, placing)
    return placing
  }

  #placed(family: Family, wanted: Wanted): Placing {
    const candidates = this.#listed.filter(({ name }) => wanted?.has(name) ?? true)
    const [first, ...more] = candidates.filter((link) => obstacle(link, family) === undefined)
    if (first !== undefined) return { links: [first, ...more] }
    if (wanted === undefined)
      return {
        links: [],
        reason: 'NoInterface',
        message: `no interface can carry ${family} here: ${this.#why(candidates, family)}`,
      }
    if (candidates.length > 0)
      return { links: [], reason: 'InterfaceUnusable', message: this.#why(candidates, family) }
    return {
      links: [],
      reason: 'InterfaceMissing',
      message: `the node has no interface named ${[...wanted].toSorted().join(', ')}; it has ${names(this.#listed)}`,
    }
  }

  #why(links: readonly LinkFacts[], family: Family): string {
    if (links.length === 0) return 'every interface is excluded by name'
    return links.map((link) => `${link.name} ${obstacle(link, family)}`).join('; ')
  }
}

/** What keeps a link from carrying the family. */
function obstacle(link: LinkFacts, family: Family): string | undefined {
  if (!link.ethernet) return 'is not Ethernet'
  if (!link.up) return 'is down'
  if (!link.running) return 'has no carrier'
  if (link.enslaved) return 'belongs to a bridge, bond or VRF'
  if (link.noArp) return 'has ARP switched off'
  if (family === 'IPv4') return link.broadcast ? undefined : 'cannot broadcast'
  // The kernel itself speaks IPv6 on a link only with such an address; without it there are no neighbours to tell.
  const speaksIPv6 = link.addresses.some(
    ({ address }) => familyOf(address) === 'IPv6' && isLinkLocal(address),
  )
  return speaksIPv6 ? undefined : 'has no IPv6 link-local address'
}

function names(links: readonly LinkFacts[]): string {
  return links.length === 0 ? 'none that is not excluded' : links.map(({ name }) => name).join(', ')
}
