/* What tells a whole segment, unasked, where an address is; and when it is said. */
import { bytesOf, familyOf, type Address } from '#core/model/address.ts'
import { later, milliseconds, type Duration, type Instant } from '#core/model/duration.ts'
import { encodeArp } from './wire/arp.ts'
import { BROADCAST, multicastMac, NO_MAC, type Mac } from './wire/ethernet.ts'
import { ALL_NODES, encodeAdvertisement } from './wire/ndp.ts'

/**
 * The frames of one round. IPv4: an ARP announcement (RFC 5227 §2.3), then its reply form with both hardware
 * addresses alike; neighbours heed one or the other. IPv6: an unsolicited advertisement (RFC 4861 §7.2.6).
 */
export function gratuitousFrames(address: Address, mac: Mac): readonly Uint8Array[] {
  if (familyOf(address) === 'IPv6') return [unsolicitedAdvertisement(address, mac)]
  const common = { destination: BROADCAST, source: mac, sender: { mac, address } }
  return [
    encodeArp({ ...common, operation: 'request', target: { mac: NO_MAC, address } }),
    encodeArp({ ...common, operation: 'reply', target: { mac, address } }),
  ]
}

function unsolicitedAdvertisement(address: Address, mac: Mac): Uint8Array {
  return encodeAdvertisement(
    {
      kind: 'advertisement',
      source: address,
      destination: ALL_NODES,
      target: address,
      router: false,
      solicited: false,
      override: true,
      mac,
    },
    { source: mac, destination: multicastMac(bytesOf(ALL_NODES)) },
  )
}

/** Waits before each round: the first four close together against loss, then a slow repetition up to five seconds. */
const WAITS: readonly Duration[] = [0, 50, 100, 250, 700, 1100, 1100, 1100].map(milliseconds)

/**
 * Which announcements are due. Each key passes through all rounds; keys that are due earlier come first, so the
 * first round of many new addresses goes before the repetitions of old ones.
 */
export class GratuitousSchedule<Key> {
  /** Per round, when each key is due: in order, because every key waits equally long before a round. */
  readonly #rounds = WAITS.map(() => new Map<Key, Instant>())

  start(key: Key, now: Instant): void {
    this.cancel(key)
    this.#rounds[0]?.set(key, now)
  }

  cancel(key: Key): void {
    for (const round of this.#rounds) round.delete(key)
  }

  /** When the next key is due. */
  next(): Instant | undefined {
    return this.#earliest()?.due
  }

  /** Up to `limit` keys that are due, moved on to their next round. */
  take(now: Instant, limit: number): readonly Key[] {
    const taken: Key[] = []
    for (
      let next = this.#earliest();
      next && next.due <= now && taken.length < limit;
      next = this.#earliest()
    ) {
      taken.push(next.key)
      this.#rounds[next.round]?.delete(next.key)
      const wait = WAITS[next.round + 1]
      if (wait !== undefined) this.#rounds[next.round + 1]?.set(next.key, later(now, wait))
    }
    return taken
  }

  #earliest(): { readonly key: Key; readonly due: Instant; readonly round: number } | undefined {
    let earliest: { key: Key; due: Instant; round: number } | undefined
    for (const [round, queue] of this.#rounds.entries()) {
      const [head] = queue
      if (head !== undefined && (earliest === undefined || head[1] < earliest.due))
        earliest = { key: head[0], due: head[1], round }
    }
    return earliest
  }
}
