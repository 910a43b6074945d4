import { describe, expect, it } from 'vitest'

import { gatedPart } from '#core/data-path/gated.ts'
import type { Address } from '#core/model/address.ts'
import type { Facts } from '#core/model/facts.ts'
import type { ServicePort } from '#core/model/objects.ts'
import { announce } from '#core/selection/announce.ts'
import { ad, address, assignment, bgpAd, config, facts, node, peer, service } from '../selection/fixtures.ts'

const tcp: readonly ServicePort[] = [
  { port: 53, protocol: 'UDP' },
  { port: 8080, protocol: 'TCP' },
  { port: 9090 },
]

function withPorts(name: string, ports: readonly ServicePort[]) {
  const object = service(name)
  return { ...object, spec: { ...object.spec, ports } }
}

function part(
  services: Facts['services'],
  ads: Parameters<typeof config>[0],
  retained: readonly Address[] = [],
  nodes = ['a'],
) {
  const known = facts({ nodes: nodes.map((name) => node(name)), services })
  const assignments = services.map(({ metadata }, index) => assignment(metadata.name, `192.0.2.${index + 1}`))
  const checked = config(ads, [peer('tor')])
  const { announcements } = announce(known, checked, assignments)
  const own = announcements.filter((one) => one.nodes.includes('a'))
  const found = gatedPart({ announcements: own, assignments }, known, checked, new Set(retained))
  const tried = [...found.addresses].map(([ip, { ports }]) => [ip, Object.fromEntries(ports)])
  return {
    tried: Object.fromEntries(tried),
    gated: own.filter((one) => found.isGated(one)).map((one) => one.announcer),
  }
}

describe('what a node tries', () => {
  it('is the first TCP port of each Service that a gated advertisement has it announce', () => {
    const services = [withPorts('web', tcp)]
    expect(part(services, [ad('lan', { gated: true })]).tried).toEqual({
      '192.0.2.1': { 'default/web': 8080 },
    })
    expect(part(services, [ad('lan')]).tried).toEqual({})
  })

  it('leaves out a Service without a TCP port: its address has no gate', () => {
    expect(part([withPorts('dns', tcp.slice(0, 1))], [ad('lan', { gated: true })]).tried).toEqual({})
  })

  it('concerns the announcer whose advertisement asks, and all that it says of the Service', () => {
    const { gated } = part([withPorts('web', tcp)], [ad('lan'), bgpAd('x', { gated: true }), bgpAd('y')])
    expect(gated).toEqual(['native-bgp', 'native-bgp'])
  })

  it('goes on with a shut address that another node announces, for as long as it is asked for', () => {
    const services = [withPorts('web', tcp)]
    const elsewhere = {
      gated: true,
      nodeSelectors: [{ matchLabels: { 'kubernetes.io/hostname': 'b' } }],
    } as const
    const [ip] = [address('192.0.2.1')]
    expect(part(services, [ad('lan', elsewhere)], [], ['a', 'b']).tried).toEqual({})
    expect(part(services, [ad('lan', elsewhere)], [ip], ['a', 'b']).tried).toEqual({
      '192.0.2.1': { 'default/web': 8080 },
    })
    expect(part(services, [ad('lan')], [ip]).tried).toEqual({})
  })
})
