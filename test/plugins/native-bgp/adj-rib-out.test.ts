import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { parseCommunities } from '#core/bgp/community.ts'
import { parsePrefix, prefixText } from '#core/bgp/prefix.ts'
import type { Route, RouteTable } from '#core/bgp/routes.ts'
import type { Family } from '#core/model/address.ts'
import { AdjRibOut } from '#plugins/native-bgp/adj-rib-out.ts'
import type { Negotiated } from '#plugins/native-bgp/fsm/negotiate.ts'
import { outboundSession } from '#plugins/native-bgp/outbound.ts'
import { decodeFrame } from '#plugins/native-bgp/wire/header.ts'
import { decode } from '#plugins/native-bgp/wire/message.ts'

import { ip } from './fake-network.ts'

const ends = { local: ip('172.16.1.11'), interfaceAddresses: [ip('172.16.1.11'), ip('fd00::11')] }
const plain = { own: {} }
const negotiated: Negotiated = {
  localAs: 7776,
  remoteAs: 7675,
  localIdentifier: ip('172.16.1.11'),
  remoteIdentifier: ip('172.16.1.1'),
  internal: false,
  fourOctetAs: true,
  holdTime: 90,
  keepaliveTime: 30,
  families: ['IPv4', 'IPv6'],
  extendedNextHop: false,
  maxLength: 4096,
  enhancedRefresh: false,
  peerRestarts: false,
  keepsAfterNotification: false,
}

function route(text: string, community?: string): [string, Route] {
  const prefix = parsePrefix(text) ?? expect.fail(text)
  const communities = parseCommunities(community === undefined ? [] : [community])
  return [prefixText(prefix), { prefix, attributes: { key: community ?? '', communities } }]
}

/** What a peer that reads every message knows: the community, or nothing, by prefix. */
class Listener {
  readonly knows = new Map<string, string>()
  readonly ended: Family[] = []
  longest = 0

  hear(bytes: Uint8Array): void {
    this.longest = Math.max(this.longest, bytes.length)
    const frame = decodeFrame(bytes)
    const message = frame.kind === 'frame' ? decode(frame, negotiated) : expect.fail(frame.kind)
    if (message.type !== 'update' || message.verdict.action !== 'accept') expect.fail('no good UPDATE')
    const { withdrawn, nlri, attributes } = message.verdict.update
    const community = attributes.find(({ name }) => name === 'communities')
    const value = community === undefined ? '' : JSON.stringify(community.value)
    for (const prefix of withdrawn) this.knows.delete(prefixText(prefix))
    for (const prefix of nlri) this.knows.set(prefixText(prefix), value)
    if (withdrawn.length + nlri.length + attributes.length === 0) this.ended.push('IPv4')
    for (const one of attributes) {
      if (one.name === 'mpReach')
        for (const p of one.value.nlri) this.knows.set(prefixText(p as never), value)
      if (one.name === 'mpUnreach') {
        if (one.value.withdrawn.length === 0) this.ended.push('IPv6')
        for (const p of one.value.withdrawn) this.knows.delete(prefixText(p as never))
      }
    }
  }
}

function expected(table: RouteTable): Map<string, string> {
  const value = ({ communities }: Route['attributes']): string =>
    communities.standard.length === 0 ? '' : JSON.stringify(communities.standard)
  return new Map([...table].map(([prefix, { attributes }]) => [prefix, value(attributes)]))
}

const prefixes = [
  ...Array.from({ length: 12 }, (_, i) => `10.0.${i}.0/24`),
  ...Array.from({ length: 6 }, (_, i) => `2001:db8:${i + 1}::/48`),
]
const table = fc
  .array(fc.tuple(fc.constantFrom(...prefixes), fc.constantFrom(undefined, '65000:1', '65000:2')))
  .map((entries): RouteTable => new Map(entries.map(([text, community]) => route(text, community))))

const step = fc.oneof(
  table.map((want) => ({ want })),
  fc.nat({ max: 4 }).map((send) => ({ send })),
  fc.constantFrom<Family>('IPv4', 'IPv6').map((refresh) => ({ refresh })),
)

describe('what a peer is told', () => {
  it('is in the end exactly what it should know, however slowly it reads while that changes', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), table, (steps, last) => {
        const [rib, peer] = [new AdjRibOut(), new Listener()]
        rib.open(outboundSession(negotiated, ends, plain))
        for (const one of steps) {
          if ('want' in one) rib.want(one.want)
          else if ('refresh' in one) rib.refresh(one.refresh)
          else for (let i = 0; i < one.send; i++) hearNext(rib, peer)
        }
        rib.want(last)
        while (hearNext(rib, peer));
        expect(peer.knows).toEqual(expected(last))
        expect(rib.settled).toBe(true)
        expect([...last.keys()].every((prefix) => rib.holds(prefix))).toBe(true)
        expect(rib.announced).toBe(last.size)
        expect(peer.ended).toEqual(['IPv4', 'IPv6'])
      }),
    )
  })

  it.each([4096, 65_535])('comes in full messages of at most %d octets', (maxLength) => {
    const [rib, peer] = [new AdjRibOut(), new Listener()]
    const routes = Array.from({ length: 30_000 }, (_, i) => route(`10.${i >> 8}.${i & 255}.0/24`))
    const six = Array.from({ length: 5000 }, (_, i) => route(`2001:db8:${i.toString(16)}::/64`))
    rib.open(outboundSession({ ...negotiated, maxLength }, ends, plain))
    rib.want(new Map([...routes, ...six]))
    let messages = 0
    while (hearNext(rib, peer)) messages++
    expect(peer.knows.size).toBe(35_000)
    expect(peer.longest).toBeLessThanOrEqual(maxLength)
    expect(peer.longest).toBeGreaterThan(maxLength - 20)
    const octets = 30_000 * 4 + 5000 * 9
    expect(messages).toBeLessThanOrEqual(Math.ceil(octets / (maxLength - 80)) + 4)
  })

  it('leaves out routes whose attributes alone fill a message, and goes on with the others', () => {
    const [rib, peer] = [new AdjRibOut(), new Listener()]
    const standard = Array.from({ length: 1100 }, (_, i) => i)
    const [key, one] = route('10.0.1.0/24')
    const huge = { ...one, attributes: { key: 'huge', communities: { standard, large: [] } } }
    rib.open(outboundSession(negotiated, ends, plain))
    rib.want(new Map([[key, huge], route('10.0.2.0/24')]))
    while (hearNext(rib, peer));
    expect([...peer.knows.keys()]).toEqual(['10.0.2.0/24'])
    expect(rib.holds(key)).toBe(false)
  })

  it('is forgotten with the session, and told anew with the next', () => {
    const [rib, peer] = [new AdjRibOut(), new Listener()]
    rib.want(new Map([route('10.0.1.0/24')]))
    expect(rib.next()).toBeUndefined()
    rib.open(outboundSession(negotiated, ends, plain))
    while (hearNext(rib, peer));
    rib.close()
    expect([rib.announced, rib.next()]).toEqual([0, undefined])
    peer.knows.clear()
    rib.open(outboundSession(negotiated, ends, plain))
    while (hearNext(rib, peer));
    expect([...peer.knows.keys()]).toEqual(['10.0.1.0/24'])
  })
})

function hearNext(rib: AdjRibOut, peer: Listener): boolean {
  const bytes = rib.next()
  if (bytes !== undefined) peer.hear(bytes)
  return bytes !== undefined
}
