import { describe, expect, it } from 'vitest'

import { type LabSpec, type NodeSpec, validateSpec } from '#lab/spec.ts'

const host = (...addresses: string[]): NodeSpec => ({ interfaces: [{ segment: 'lan', addresses }] })

const faultsOf = (nodes: LabSpec['nodes'], segments: LabSpec['segments'] = { lan: {} }): string[] =>
  validateSpec({ segments, nodes })

describe('a topology without faults', () => {
  it('has none reported', () => {
    expect(
      faultsOf({
        a: { ...host('192.0.2.1/24', 'fd00::1/64'), routes: [{ to: 'default', via: '192.0.2.2' }] },
        b: { ...host('192.0.2.2/24'), routes: [{ to: '203.0.113.0/24', dev: 'eth0' }] },
      }),
    ).toEqual([])
  })

  it('may use an address again on another segment', () => {
    const nodes = {
      a: host('192.0.2.1/24'),
      b: { interfaces: [{ segment: 'wan', addresses: ['192.0.2.1/24'] }] },
    }
    expect(faultsOf(nodes, { lan: {}, wan: {} })).toEqual([])
  })
})

describe('a fault names its place, what was found and what is allowed', () => {
  it.each<[string, LabSpec['nodes'], string]>([
    [
      'an unknown segment',
      { a: { interfaces: [{ segment: 'wan' }] } },
      'nodes.a.interfaces[0].segment: "wan" is not one of lan',
    ],
    [
      'an address without a length',
      { a: host('192.0.2.1') },
      'nodes.a.interfaces[0].addresses[0]: "192.0.2.1" is not an address with its prefix length',
    ],
    [
      'a length out of range',
      { a: host('192.0.2.1/33') },
      'nodes.a.interfaces[0].addresses[0]: "192.0.2.1/33" is not an address with its prefix length',
    ],
    [
      'an address used twice',
      { a: host('192.0.2.1/24'), b: host('192.0.2.1/32') },
      `nodes.b.interfaces[0].addresses[0]: "192.0.2.1/32" is already nodes.a.interfaces[0].addresses[0]'s on this segment`,
    ],
    [
      'an interface name used twice',
      { a: { interfaces: [{ segment: 'lan' }, { segment: 'lan', name: 'eth0' }] } },
      'nodes.a.interfaces[1].name: "eth0" is used twice on this node',
    ],
    [
      'an interface name that is too long',
      { a: { interfaces: [{ segment: 'lan', name: 'averylongname' }] } },
      'nodes.a.interfaces[0].name: "averylongname" is no interface name of 1 to 11 characters',
    ],
    [
      'a bad MAC address',
      { a: { interfaces: [{ segment: 'lan', mac: '02:00' }] } },
      'nodes.a.interfaces[0].mac: "02:00" is not six lower-case hexadecimal octets',
    ],
    [
      'a node name DNS does not know',
      { A: host() },
      'nodes.A: not a DNS name in lower case (and "fabric" is taken)',
    ],
    [
      "the name of the bridges' namespace",
      { fabric: host() },
      'nodes.fabric: not a DNS name in lower case (and "fabric" is taken)',
    ],
    [
      'a route to nowhere',
      { a: { ...host(), routes: [{ to: '192.0.2.0/24' }] } },
      'nodes.a.routes[0]: neither via nor dev',
    ],
    [
      'a route to no prefix',
      { a: { ...host(), routes: [{ to: 'home', dev: 'eth0' }] } },
      'nodes.a.routes[0].to: "home" is neither "default" nor a prefix',
    ],
    [
      'a route through a name',
      { a: { ...host(), routes: [{ to: 'default', via: 'b' }] } },
      'nodes.a.routes[0].via: "b" is not an address',
    ],
  ])('%s', (_, nodes, fault) => {
    expect(faultsOf(nodes)).toEqual([fault])
  })

  it('also of a segment', () => {
    expect(faultsOf({}, { 'my lan': {} })).toEqual([
      'segments.my lan: a segment is named like an interface, 1 to 11 characters',
    ])
  })
})

it('every fault is reported, not the first one only', () => {
  expect(faultsOf({ a: host('x/1', 'y/2'), B: { interfaces: [{ segment: 'wan' }] } })).toHaveLength(4)
})
