/*
 * What one peer should know and what it has been told. Differences wait here, not in a queue of messages: a slow
 * peer costs the memory of its table, whatever happens meanwhile.
 */
import type { Prefix } from '#core/bgp/prefix.ts'
import type { Route, RouteAttributes, RouteTable } from '#core/bgp/routes.ts'
import type { Family } from '#core/model/address.ts'

import { familyFault, type OutboundSession } from './outbound.ts'
import { endOfRib, packAnnouncement, packWithdrawal, refreshMarker } from './update-packer.ts'

/** Routes that can share an UPDATE. */
interface Bucket {
  readonly family: Family
  readonly attributes: RouteAttributes
  readonly routes: Map<string, Route>
}

export class AdjRibOut {
  #wanted: RouteTable | undefined
  #session: OutboundSession | undefined
  readonly #sent = new Map<string, Route>()
  /** Told before and to be told again. */
  readonly #again = new Set<string>()
  #announce: Bucket[] = []
  readonly #withdraw: Record<Family, Map<string, Prefix>> = { IPv4: new Map(), IPv6: new Map() }
  #endsOfRib: Family[] = []
  /** Families the peer asked for, to be answered when everything else is told. */
  readonly #asked = new Set<Family>()
  /** The family whose answer is under way. */
  #answering: Family | undefined

  /** Prefixes the peer has been told of and not told to forget. */
  get announced(): number {
    return this.#sent.size
  }

  /** Prefixes it should be told of. */
  get wanted(): number {
    return this.#wanted?.size ?? 0
  }

  /** True when the peer knows all there is to tell. */
  get settled(): boolean {
    return this.#announce.length === 0 && !this.#withdrawing() && this.#endsOfRib.length === 0
  }

  /** Has the peer been told of the prefix? */
  holds(prefix: string): boolean {
    return this.#sent.has(prefix)
  }

  want(table: RouteTable): void {
    if (table === this.#wanted) return
    this.#wanted = table
    this.#plan()
  }

  /** A session begins: the peer knows nothing. */
  open(session: OutboundSession): void {
    this.#session = session
    this.#endsOfRib = [...session.negotiated.families]
    this.#plan()
  }

  /** The session ended, and with it everything the peer knew. */
  close(): void {
    this.#session = undefined
    this.#sent.clear()
    this.#again.clear()
    this.#endsOfRib = []
    this.#asked.clear()
    this.#answering = undefined
    this.#plan()
  }

  /** The peer asks for everything of one family again (RFC 2918 §4). */
  refresh(family: Family): void {
    this.#asked.add(family)
  }

  /** The next UPDATE to send, or undefined when the peer knows all. */
  next(): Uint8Array | undefined {
    const session = this.#session
    if (session === undefined) return undefined
    return (
      this.#nextWithdrawal(session) ??
      this.#nextAnnouncement(session) ??
      this.#nextEndOfRib(session) ??
      this.#nextAnswer(session)
    )
  }

  #nextWithdrawal(session: OutboundSession): Uint8Array | undefined {
    for (const family of ['IPv4', 'IPv6'] as const) {
      const leaving = this.#withdraw[family]
      if (leaving.size === 0) continue
      const { bytes, count } = packWithdrawal(family, leaving.values(), session)
      for (const key of firstKeys(leaving, count)) {
        leaving.delete(key)
        this.#sent.delete(key)
      }
      return bytes
    }
    return undefined
  }

  #nextAnnouncement(session: OutboundSession): Uint8Array | undefined {
    const bucket = this.#announce[0]
    if (bucket === undefined) return undefined
    const { bytes, count } = packAnnouncement(bucket.attributes, bucket.routes.values(), session)
    for (const key of firstKeys(bucket.routes, count)) {
      const route = bucket.routes.get(key)
      if (route !== undefined) this.#sent.set(key, route)
      this.#again.delete(key)
      bucket.routes.delete(key)
    }
    // A count of zero: the attributes alone fill a message, so none of these routes can ever be sent.
    if (bucket.routes.size === 0 || count === 0) this.#announce.shift()
    return count === 0 ? this.next() : bytes
  }

  /** RFC 4724 §4.1: the end is not the end before the routes are known, or the peer drops what it has kept. */
  #nextEndOfRib(session: OutboundSession): Uint8Array | undefined {
    if (this.#wanted === undefined) return undefined
    const family = this.#endsOfRib.shift()
    return family && endOfRib(family, session)
  }

  /** Everything of a family again, between a beginning and an end where the peer knows them (RFC 7313 §4). */
  #nextAnswer(session: OutboundSession): Uint8Array | undefined {
    const marked = session.negotiated.enhancedRefresh
    const finished = this.#answering
    this.#answering = undefined
    if (finished !== undefined && marked) return refreshMarker(finished, 'end', session)
    const [family] = this.#asked
    if (family === undefined || this.#wanted === undefined) return undefined
    this.#asked.delete(family)
    this.#answering = family
    for (const [key, { prefix }] of this.#sent) if (prefix.family === family) this.#again.add(key)
    this.#plan()
    return marked ? refreshMarker(family, 'begin', session) : this.next()
  }

  #withdrawing(): boolean {
    return this.#withdraw.IPv4.size > 0 || this.#withdraw.IPv6.size > 0
  }

  /** Works out what to tell the peer. */
  #plan(): void {
    const buckets = new Map<string, Bucket>()
    this.#withdraw.IPv4.clear()
    this.#withdraw.IPv6.clear()
    if (this.#session !== undefined && this.#wanted !== undefined) {
      this.#planWithdrawals(this.#wanted)
      for (const [key, route] of this.#wanted) this.#planRoute(buckets, key, route)
    }
    this.#announce = [...buckets.values()]
  }

  #planWithdrawals(wanted: RouteTable): void {
    for (const [key, { prefix }] of this.#sent) {
      if (!wanted.has(key)) this.#withdraw[prefix.family].set(key, prefix)
    }
  }

  #planRoute(buckets: Map<string, Bucket>, key: string, route: Route): void {
    const { family } = route.prefix
    const told = this.#sent.get(key)?.attributes.key === route.attributes.key
    if (told && !this.#again.has(key)) return
    if (this.#session === undefined || familyFault(this.#session, family) !== undefined) return
    const bucketKey = `${family} ${route.attributes.key}`
    const bucket = buckets.get(bucketKey) ?? { family, attributes: route.attributes, routes: new Map() }
    buckets.set(bucketKey, bucket)
    bucket.routes.set(key, route)
  }
}

function firstKeys(map: ReadonlyMap<string, unknown>, count: number): string[] {
  const keys: string[] = []
  for (const key of map.keys()) {
    if (keys.length === count) break
    keys.push(key)
  }
  return keys
}
