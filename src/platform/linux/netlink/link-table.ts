/*
 * What the kernel has told about links and their addresses. A table is filled by two dumps, links then addresses,
 * and kept true by the events between and after them; when events were lost, a new table starts over.
 */
import type { Address } from '#core/model/address.ts'
import {
  DUMP_ADDRESSES,
  DUMP_LINKS,
  type AddressInfo,
  type LinkInfo,
  type NetlinkMessage,
} from './messages.ts'

const [IFF_UP, IFF_BROADCAST, IFF_RUNNING, IFF_NOARP] = [0x1, 0x2, 0x40, 0x80]
const ARPHRD_ETHER = 1

export interface Link {
  readonly index: number
  readonly name: string
  /** Administratively up. */
  readonly up: boolean
  /** Up with a carrier: frames can pass. */
  readonly running: boolean
  /** Ethernet framing with six-byte addresses. */
  readonly ethernet: boolean
  readonly broadcast: boolean
  readonly noArp: boolean
  /** Member of a bridge, bond or VRF. */
  readonly enslaved: boolean
  readonly hardwareAddress: Uint8Array
  /** In the order the kernel told them. */
  readonly addresses: readonly { readonly address: Address; readonly prefixLength: number }[]
}

export type SyncEffect =
  | { readonly kind: 'request'; readonly dump: number; readonly seq: number }
  /** The table is complete and differs from what was published before. */
  | { readonly kind: 'publish' }
  /** What came cannot be trusted: start over with a new table. */
  | { readonly kind: 'restart'; readonly reason: string }

export class LinkTable {
  readonly #links = new Map<number, LinkInfo>()
  /** By link index, then by address and prefix length. */
  readonly #addresses = new Map<number, Map<string, AddressInfo>>()
  #awaiting: { readonly dump: number; readonly seq: number } | undefined

  /** `seq` numbers the first dump, `seq + 1` the second. */
  constructor(seq: number) {
    this.#awaiting = { dump: DUMP_LINKS, seq }
  }

  /** The dump whose end is awaited; undefined once the table is complete. */
  get awaiting(): { readonly dump: number; readonly seq: number } | undefined {
    return this.#awaiting
  }

  /** Applies the messages of one datagram; says what to do next. */
  apply(messages: readonly NetlinkMessage[]): readonly SyncEffect[] {
    const effects = messages.flatMap((message) => this.#step(message))
    const changed = messages.some((message) => message.kind !== 'error')
    return this.#awaiting === undefined && changed ? [...effects, { kind: 'publish' }] : effects
  }

  /** By index. */
  links(): readonly Link[] {
    return [...this.#links.values()]
      .toSorted((a, b) => a.index - b.index)
      .map((info) => linkOf(info, [...(this.#addresses.get(info.index)?.values() ?? [])]))
  }

  #step(message: NetlinkMessage): readonly SyncEffect[] {
    switch (message.kind) {
      case 'link':
        this.#links.set(message.link.index, message.link)
        return []
      case 'link-gone':
        this.#links.delete(message.index)
        this.#addresses.delete(message.index)
        return []
      case 'address':
        this.#assign(message.assignment)
        return []
      case 'address-gone':
        this.#addresses.get(message.assignment.index)?.delete(keyOf(message.assignment))
        return []
      case 'done':
        return this.#done(message.seq, message.interrupted)
      case 'error':
        return [{ kind: 'restart', reason: `the kernel refused a dump, errno ${message.errno}` }]
      case 'malformed':
        return [{ kind: 'restart', reason: 'a malformed message' }]
    }
  }

  #done(seq: number, interrupted: boolean): readonly SyncEffect[] {
    if (seq !== this.#awaiting?.seq) return []
    if (interrupted) return [{ kind: 'restart', reason: 'a dump was interrupted by changes' }]
    this.#awaiting = this.#awaiting.dump === DUMP_LINKS ? { dump: DUMP_ADDRESSES, seq: seq + 1 } : undefined
    return this.#awaiting === undefined ? [] : [{ kind: 'request', ...this.#awaiting }]
  }

  #assign(info: AddressInfo): void {
    const ofLink = this.#addresses.get(info.index) ?? new Map<string, AddressInfo>()
    this.#addresses.set(info.index, ofLink.set(keyOf(info), info))
  }
}

function linkOf(info: LinkInfo, addresses: readonly AddressInfo[]): Link {
  return {
    index: info.index,
    name: info.name,
    up: (info.flags & IFF_UP) !== 0,
    running: (info.flags & IFF_UP) !== 0 && (info.flags & IFF_RUNNING) !== 0,
    ethernet: info.type === ARPHRD_ETHER && info.hardwareAddress.length === 6,
    broadcast: (info.flags & IFF_BROADCAST) !== 0,
    noArp: (info.flags & IFF_NOARP) !== 0,
    enslaved: info.master !== undefined,
    hardwareAddress: info.hardwareAddress,
    addresses: addresses.map(({ address, prefixLength }) => ({ address, prefixLength })),
  }
}

function keyOf(info: AddressInfo): string {
  return `${info.address}/${info.prefixLength}`
}
