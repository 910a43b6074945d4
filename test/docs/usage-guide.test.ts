import { Readable } from 'node:stream'

import { describe, expect, it } from 'vitest'

import { builtInAnnouncers } from '#app/announcer-infos.ts'
import { decideInput, readInput } from '#app/cli/inputs.ts'

import { guides, manifestsOf, textOf, type Part } from './guide-manifests.ts'

const settings = {
  namespace: 'metallb-system',
  bgpBackend: 'native-bgp',
  l2Candidates: 'herald',
  election: 'hash',
  ignoreExcludeLb: false,
  announcers: builtInAnnouncers,
} as const

async function decided(part: Part) {
  const stdin = Readable.from([manifestsOf('usage-guide.md', part)])
  const terminal = { stdin, isTTY: false, out: () => {}, err: () => {} }
  const input = await readInput(['-'], settings, terminal)
  return { input, decisions: decideInput(input) }
}

/** What the reference guide speaks of: fields, annotations, flags, commands, and what they show. */
const subjects = `addresses autoAssign avoidBuggyIPs ipAddressPools ipAddressPoolSelectors nodeSelectors aggregationLength
  aggregationLengthV6 peers communities myASN peerASN peerAddress sourceAddress routerID externalTrafficPolicy
  loadBalancerClass --lb-class allocateLoadBalancerNodePorts metallb.io/address-pool metallb.io/loadBalancerIPs
  metallb.io/allow-shared-ip metallb.universe.tf/ spec.loadBalancerIP ConfigMap ARP NDP sha256 kube-proxy SNAT iBGP eBGP ECMP BFD
  NO_ADVERTISE ebgp-requires-policy frr native-bgp 64512`.split(/\s+/)
const sayings = ['apt install frr', 'yum install frr', 'kubectl get svc', 'show ip route', 'curl 10.254.254.1:18081']

describe('the usage guide', () => {
  it.each(guides)('%s speaks of everything that the reference speaks of', (guide) => {
    const text = textOf(guide)
    expect([...subjects, ...sayings].filter((subject) => !text.includes(subject))).toEqual([])
  })

  it.each(['l2', 'bgp'] as const)('has the same manifests in every language: %s', (part) => {
    const [first, ...others] = guides.map((guide) => manifestsOf(guide, part))
    expect(first?.length).toBeGreaterThan(500)
    for (const other of others) expect(other).toBe(first)
  })

  it.each(['l2', 'bgp'] as const)('has manifests without a fault: %s', async (part) => {
    const { input, decisions } = await decided(part)
    expect([...input.problems, ...decisions.problems]).toEqual([])
  })

  it('leads to the addresses that it says', async () => {
    const { decisions } = await decided('l2')
    const found = decisions.assignments.map(({ service, addresses }) => [service, addresses.join()])
    expect(Object.fromEntries(found)).toEqual({
      'default/dns-service-tcp': '1.2.3.4',
      'default/dns-service-udp': '1.2.3.4',
      'default/metallb-by-address': '172.16.13.210',
      'default/metallb-dual': '192.168.10.0,fc00:f853:ccd:e799::',
      'default/metallb-ippool3': '172.16.13.200',
      'default/metallb1-cluster': '192.168.10.1',
    })
  })

  it('announces its route to both routers', async () => {
    const { decisions } = await decided('bgp')
    expect(decisions.announcements).toMatchObject([
      { service: 'default/metallb-demo', announcer: 'native-bgp', peers: ['edge', 'test'] },
    ])
  })
})
