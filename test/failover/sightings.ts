/* What captured frames say about one address: who answered for it when, and which datagrams came back. */
import { bytesOf, type Address } from '#core/model/address.ts'
import type { Packet } from './pcap.ts'

export interface Sighting {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** Ethernet source. */
  readonly mac: string
}

export interface Datagram extends Sighting {
  /** The number the client gave it; its answer carries the same. */
  readonly number: number
}

export interface Sightings {
  /** ARP replies to somebody's question for the address; announcements are not among them. */
  readonly arp: readonly Sighting[]
  /** Announcements, in both forms. */
  readonly announced: readonly Sighting[]
  readonly asked: readonly Datagram[]
  readonly answered: readonly Datagram[]
}

const typeAt = 12
const arpType = 0x0806
const ipType = 0x0800
const udp = 17

/** Of IPv4. */
export function sightingsOf(packets: readonly Packet[], address: Address): Sightings {
  const ip = new DataView(bytesOf(address).slice().buffer).getUint32(0)
  const found: Found = { arp: [], announced: [], asked: [], answered: [] }
  for (const { at, frame } of packets) {
    const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
    const seen = { at, mac: macAt(frame, 6) }
    const type = view.getUint16(typeAt)
    if (type === arpType) addArp(found, view, ip, seen)
    else if (type === ipType && view.getUint8(23) === udp) addDatagram(found, view, ip, seen)
  }
  return found
}

type Found = { -readonly [K in keyof Sightings]: Sightings[K][number][] }

function addArp(found: Found, view: DataView, ip: number, seen: Sighting): void {
  if (view.getUint32(28) !== ip) return
  const announcement = view.getUint32(38) === ip
  if (announcement) found.announced.push(seen)
  else if (view.getUint16(20) === 2) found.arp.push(seen)
}

function addDatagram(found: Found, view: DataView, ip: number, seen: Sighting): void {
  const payload = new Uint8Array(view.buffer, view.byteOffset + 42, view.byteLength - 42)
  const number = Number(/#(\d+)/.exec(new TextDecoder().decode(payload))?.[1] ?? Number.NaN)
  if (view.getUint32(26) === ip) found.answered.push({ ...seen, number })
  else if (view.getUint32(30) === ip) found.asked.push({ ...seen, number })
}

function macAt(frame: Uint8Array, offset: number): string {
  return [...frame.subarray(offset, offset + 6)].map((byte) => byte.toString(16).padStart(2, '0')).join(':')
}

/** Milliseconds from `since` until somebody other than `before` was first seen; undefined: nobody was. */
export function takenOverAfter(
  sightings: readonly Sighting[],
  since: number,
  before: string,
): number | undefined {
  const first = sightings.find(({ at, mac }) => at >= since && mac !== before)
  return first && first.at - since
}

/**
 * The longest time that two or more answered: windows of so many milliseconds in which more than one was seen, with less
 * than `pause` between them, are one time. 0: there was none.
 */
export function overlapOf(sightings: readonly Sighting[], { window = 10, pause = 100 } = {}): number {
  const macs = new Map<number, Set<string>>()
  for (const { at, mac } of sightings) {
    const index = Math.floor(at / window)
    macs.set(index, (macs.get(index) ?? new Set()).add(mac))
  }
  const shared = [...macs].filter(([, { size }]) => size > 1).map(([index]) => index)
  let [longest, begin, last] = [0, -Infinity, -Infinity]
  for (const index of shared.toSorted((a, b) => a - b)) {
    if ((index - last) * window >= pause) begin = index
    last = index
    longest = Math.max(longest, (last - begin + 1) * window)
  }
  return longest
}

/** Numbers that were asked from `from` to `to` and never answered. */
export function lostBetween({ asked, answered }: Sightings, from: number, to: number): readonly number[] {
  const came = new Set(answered.map(({ number }) => number))
  return asked
    .filter(({ at, number }) => at >= from && at <= to && !came.has(number))
    .map(({ number }) => number)
}

/** Everybody who was seen, in the order they first were. */
export function macsOf(sightings: readonly Sighting[]): readonly string[] {
  return [...new Set(sightings.map(({ mac }) => mac))]
}
