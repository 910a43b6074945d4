/* What tells a whole segment, unasked, where an address is; and when it is said. */
import { bytesOf, familyOf, type Address } from '#core/model/address.ts'
import { later, milliseconds, type Duration, type Instant } from '#core/model/duration.ts'
import { encodeArp } from './wire/arp.ts'
import { BROADCAST, multicastMac, NO_MAC, type Mac } from './wire/ethernet.ts'
import { ALL_NODES, encodeAdvertisement } from './wire/ndp.ts'

/**
 * The frames of one round, counted from 0. IPv4: an ARP announcement (RFC 5227 §2.3) and its reply form with both
 * hardware addresses alike; neighbours heed one or the other. IPv6: an unsolicited advertisement (RFC 4861 §7.2.6). The
 * first round says all, later ones each form in turn, because they only guard against loss.
 */
export function gratuitousFrames(address: Address, mac: Mac, round = 0): readonly Uint8Array[] {
  const forms = familyOf(address) === 'IPv6' ? [advertisement] : [announcement, replyForm]
  const said = round === 0 ? forms : forms.filter((_, at) => at === round % forms.length)
  return said.map((form) => form(address, mac))
}

function announcement(address: Address, mac: Mac): Uint8Array {
  const sender = { mac, address }
  const target = { mac: NO_MAC, address }
  return encodeArp({ destination: BROADCAST, source: mac, operation: 'request', sender, target })
}

function replyForm(address: Address, mac: Mac): Uint8Array {
  const own = { mac, address }
  return encodeArp({ destination: BROADCAST, source: mac, operation: 'reply', sender: own, target: own })
}

function advertisement(address: Address, mac: Mac): Uint8Array {
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

export interface Due<Key> {
  readonly key: Key
  readonly due: Instant
  readonly round: number
}

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

  /** The key that has been due longest, with the round it is due for, counted from 0; it moves on to its next round. */
  take(now: Instant): Due<Key> | undefined {
    const due = this.#earliest()
    if (due === undefined || due.due > now) return undefined
    this.#rounds[due.round]?.delete(due.key)
    const wait = WAITS[due.round + 1]
    if (wait !== undefined) this.#rounds[due.round + 1]?.set(due.key, later(now, wait))
    return due
  }

  #earliest(): Due<Key> | undefined {
    let earliest: Due<Key> | undefined
    for (const [round, queue] of this.#rounds.entries()) {
      const [head] = queue
      if (head !== undefined && (earliest === undefined || head[1] < earliest.due))
        earliest = { key: head[0], due: head[1], round }
    }
    return earliest
  }
}
