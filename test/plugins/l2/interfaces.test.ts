import { describe, expect, it } from 'vitest'

import { Interfaces, type LinkFacts } from '#plugins/l2/interfaces.ts'
import { ip, link } from './memory-lan.ts'

const none = (): boolean => false
const V4 = ip('192.0.2.10')
const V6 = ip('fd00::10')
const withoutIPv6 = { addresses: [] }

const namesOf = (links: readonly LinkFacts[]): string[] => links.map(({ name }) => name)

describe('interface selection', () => {
  it('takes every suitable interface when none is named', () => {
    const interfaces = new Interfaces([link(2, 'eth0'), link(3, 'eth1')], none)
    expect(namesOf(interfaces.place(V4, undefined).links)).toEqual(['eth0', 'eth1'])
  })

  it('needs no IPv4 address on the interface to answer ARP there', () => {
    const interfaces = new Interfaces([link(2, 'eth0', withoutIPv6)], none)
    expect(namesOf(interfaces.place(V4, undefined).links)).toEqual(['eth0'])
  })

  it('takes of the named interfaces those that are suitable', () => {
    const interfaces = new Interfaces(
      [link(2, 'eth0'), link(3, 'eth1', { up: false }), link(4, 'eth2')],
      none,
    )
    expect(namesOf(interfaces.place(V4, new Set(['eth0', 'eth1'])).links)).toEqual(['eth0'])
  })

  it.each([
    [{ up: false, running: false }, 'eth0 is down'],
    [{ running: false }, 'eth0 has no carrier'],
    [{ enslaved: true }, 'eth0 belongs to a bridge, bond or VRF'],
    [{ noArp: true }, 'eth0 has ARP switched off'],
    [{ broadcast: false }, 'eth0 cannot broadcast'],
    [{ ethernet: false }, 'eth0 is not Ethernet'],
  ])('refuses a link that cannot serve, and says why: %j', (facts, message) => {
    const interfaces = new Interfaces([link(2, 'eth0', facts)], none)
    expect(interfaces.place(V4, new Set(['eth0']))).toEqual({
      links: [],
      reason: 'InterfaceUnusable',
      message,
    })
    expect(interfaces.place(V4, undefined)).toMatchObject({ reason: 'NoInterface' })
  })

  it('wants a link-local address for IPv6, and only for IPv6', () => {
    const interfaces = new Interfaces([link(2, 'eth0', withoutIPv6)], none)
    expect(interfaces.place(V6, undefined)).toEqual({
      links: [],
      reason: 'NoInterface',
      message: 'no interface can carry IPv6 here: eth0 has no IPv6 link-local address',
    })
  })

  it('says which interfaces the node has when the named ones do not exist', () => {
    const interfaces = new Interfaces([link(2, 'eth0'), link(3, 'eth1')], none)
    expect(interfaces.place(V4, new Set(['lan1', 'lan0']))).toEqual({
      links: [],
      reason: 'InterfaceMissing',
      message: 'the node has no interface named lan0, lan1; it has eth0, eth1',
    })
  })

  it('treats an excluded interface as if it did not exist', () => {
    const interfaces = new Interfaces([link(2, 'veth7')], (name) => name.startsWith('veth'))
    expect(interfaces.place(V4, new Set(['veth7']))).toMatchObject({ reason: 'InterfaceMissing' })
    expect(interfaces.place(V4, undefined)).toMatchObject({
      message: 'no interface can carry IPv4 here: every interface is excluded by name',
    })
    expect(interfaces.subnets()).toEqual([])
  })

  it('lists the subnets of usable interfaces, sorted, without link-local ones', () => {
    const lan = link(2, 'eth0', {
      addresses: [
        { address: ip('fd00:1::5'), prefixLength: 64 },
        { address: ip('192.0.2.5'), prefixLength: 24 },
        { address: ip('192.0.2.6'), prefixLength: 24 },
        { address: ip('fe80::5'), prefixLength: 64 },
      ],
    })
    const down = link(3, 'eth1', { running: false })
    expect(new Interfaces([lan, down], none).subnets()).toEqual(['192.0.2.0/24', 'fd00:1::/64'])
  })
})
