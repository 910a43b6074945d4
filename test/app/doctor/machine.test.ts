import { describe, expect, it } from 'vitest'

import { checkMachine, type Machine, type NetworkInterface } from '#app/doctor/machine.ts'

const expected = { bgpBackend: 'native-bgp', heartbeatPort: 7473 }

function link(name: string, changes: Partial<NetworkInterface> = {}): NetworkInterface {
  const sound = { up: true, mtu: 1500, type: 'ethernet', hasIPv6: false }
  return { name, ...sound, rpFilter: 0, arpIgnore: 0, arpAnnounce: 0, ...changes }
}

const sound: Machine = {
  interfaces: [link('lo', { type: 'loopback', mtu: 65536 }), link('eth0')],
  listeners: [],
  capabilities: new Set(['NET_RAW', 'NET_BIND_SERVICE']),
}

/** `verdict check: message` of what is not well. */
function faults(changes: Partial<Machine>, expectation = expected): string[] {
  const findings = checkMachine({ ...sound, ...changes }, expectation)
  for (const { verdict, remedy } of findings) expect(remedy === undefined).toBe(verdict === 'ok')
  return findings
    .filter(({ verdict }) => verdict !== 'ok')
    .map(({ verdict, check, message }) => `${verdict} ${check}: ${message}`)
}

describe('the checks of one node', () => {
  it('find nothing on a sound one', () => {
    expect(faults({})).toEqual([])
  })

  it('miss the capability of each part: L2 cannot do without its own, BGP can', () => {
    expect(faults({ capabilities: new Set(['NET_BIND_SERVICE']) })).toEqual([
      'fault capabilities: found no NET_RAW, without which Herald cannot answer ARP and NDP',
    ])
    expect(faults({ capabilities: new Set(['NET_RAW']) })).toEqual([
      'warning capabilities: found no NET_BIND_SERVICE, without which Herald cannot listen on port 179',
    ])
    expect(faults({ capabilities: new Set(['NET_RAW']) }, { ...expected, bgpBackend: 'frr' })).toEqual([])
  })

  it('want strict ARP where kube-proxy uses IPVS, on every interface', () => {
    const ipvs = link('kube-ipvs0', { up: false })
    const strict = { arpIgnore: 1, arpAnnounce: 2 }
    expect(faults({ interfaces: [ipvs, link('eth0', strict), link('eth1')] })).toEqual([
      'fault strict ARP: found kube-proxy in IPVS mode without strict ARP on eth1: every node answers for every Service',
    ])
    expect(faults({ interfaces: [ipvs, link('eth0', strict)] })).toEqual([])
  })

  it('warn of a strict reverse path filter where there is another way in', () => {
    const strict = link('eth0', { rpFilter: 1 })
    expect(faults({ interfaces: [strict] })).toEqual([])
    expect(faults({ interfaces: [strict, link('eth1', { rpFilter: 2 })] })).toEqual([
      'warning reverse path filter: found strict mode on eth0: requests from networks reached by another interface are dropped',
    ])
  })

  it('tell who has port 179, unless it is the backend itself', () => {
    const listener = (process?: string) => ({
      listeners: [{ protocol: 'tcp' as const, port: 179, ...(process !== undefined && { process }) }],
    })
    expect(faults(listener('/usr/sbin/bird'))).toEqual(['warning port 179: found it taken by /usr/sbin/bird'])
    expect(faults(listener())).toEqual([
      'warning port 179: found it taken by a process that cannot be seen from here',
    ])
    expect(faults(listener('/usr/local/bin/node /herald/herald.js'))).toEqual([])
    expect(faults(listener('/usr/lib/frr/bgpd'), { ...expected, bgpBackend: 'frr' })).toEqual([])
  })

  it('tell who has the heartbeat port', () => {
    const taken = { protocol: 'udp' as const, port: 7473, process: '/usr/bin/socat' }
    expect(faults({ listeners: [taken] })).toEqual([
      'fault heartbeat port 7473: found it taken by /usr/bin/socat',
    ])
    expect(faults({ listeners: [{ ...taken, protocol: 'tcp' as const }] })).toEqual([])
  })

  it('compare an overlay with what carries it, and IPv6 with its least', () => {
    const vxlan = (mtu: number) => [link('eth0'), link('flannel.1', { type: 'vxlan', mtu })]
    expect(faults({ interfaces: vxlan(1450) })).toEqual([])
    expect(faults({ interfaces: vxlan(1500) })).toEqual([
      'fault MTU: found 1500 on flannel.1, which does not fit into 1500 with its headers: large answers are lost',
    ])
    expect(faults({ interfaces: [link('eth0', { hasIPv6: true, mtu: 1279 })] })).toEqual([
      'fault MTU: found 1279 on eth0, which has IPv6 addresses; IPv6 needs 1280',
    ])
  })
})
