import { describe, expect, it } from 'vitest'

import { cableLines, fabricLines, netnsLines, nodeLines, nodeSysctlScript, sysctlScript } from '#lab/batch.ts'
import type { LabSpec, NodeSpec } from '#lab/spec.ts'

const node: NodeSpec = {
  interfaces: [
    { segment: 'lan', addresses: ['192.0.2.1/24', 'fd00::1/64'] },
    { segment: 'wan', name: 'up0', mac: '02:00:00:00:00:09' },
  ],
  routes: [
    { to: 'default', via: '192.0.2.254' },
    { to: '198.51.100.0/24', dev: 'up0' },
  ],
}

const spec: LabSpec = {
  segments: { lan: {}, wan: { mtu: 9000, multicastSnooping: true } },
  nodes: { a: node, b: { interfaces: [{ segment: 'lan' }] } },
}

describe('what is made outside', () => {
  it('is nothing but namespaces: one for the bridges and one per node', () => {
    expect(netnsLines('hl-abcdef', spec)).toEqual([
      'netns add hl-abcdef-fabric',
      'netns add hl-abcdef-a',
      'netns add hl-abcdef-b',
    ])
  })

  it('cables have both ends in namespaces from the start, and never the same index at both', () => {
    const cables = cableLines('hl-abcdef', spec)
    expect(cables[1]).toBe(
      'link add name up0 index 3 address 02:00:00:00:00:09 mtu 9000 netns hl-abcdef-a type veth' +
        ' peer name 1-up0 index 10001 mtu 9000 netns hl-abcdef-fabric',
    )
    const indexes = cables.map((line) => [...line.matchAll(/index (\d+)/g)].map(([, index]) => index))
    for (const [near, far] of indexes) expect(near).not.toBe(far)
    expect(new Set(indexes.map(([, far]) => far)).size).toBe(cables.length)
  })
})

it('the fabric plugs every cable into its segment', () => {
  expect(fabricLines(spec)).toEqual([
    'link add lan type bridge stp_state 0 forward_delay 0 mcast_snooping 0',
    'link set lan up',
    'link add wan type bridge stp_state 0 forward_delay 0 mcast_snooping 1',
    'link set wan up',
    'link set 1-eth0 master lan up',
    'link set 1-up0 master wan up',
    'link set 2-eth0 master lan up',
  ])
})

it('a node gets addresses that are valid at once, then links, then routes', () => {
  expect(nodeLines(node)).toEqual([
    'link set lo up',
    'addr add 192.0.2.1/24 dev eth0 brd +',
    'addr add fd00::1/64 dev eth0 nodad',
    'link set eth0 up',
    'link set up0 up',
    'route add default via 192.0.2.254',
    'route add 198.51.100.0/24 dev up0',
  ])
})

describe('sysctls', () => {
  it('are written as files, so that an unknown key fails with its path', () => {
    expect(sysctlScript({ 'net.ipv4.ip_forward': 1 })).toBe("echo '1' > /proc/sys/net/ipv4/ip_forward\n")
  })

  it('make a node forward only when it is told to', () => {
    expect(nodeSysctlScript({ interfaces: [] })).toContain("echo '0' > /proc/sys/net/ipv4/ip_forward\n")
    expect(nodeSysctlScript({ interfaces: [], forwarding: true })).toContain(
      "echo '1' > /proc/sys/net/ipv6/conf/all/forwarding\n",
    )
  })
})
