/* The conformance kit on a real FRR of some release: the outsider is the router that it tells. */
import { afterAll, beforeAll, describe, it } from 'vitest'

import type { Resource } from '#core/announcer.ts'
import { fakeHost } from '#core/fakes/fake-host.ts'
import { parseAddress, type Address } from '#core/model/address.ts'
import {
  createLab,
  Frr,
  type FrrOptions,
  NODE_ASN,
  routedBgp,
  ROUTER_ASN,
  routedTopology,
  type Lab,
} from '#lab/index.ts'
import frr from '#plugins/frr/plugin.ts'
import { announcerConformance, type Subject } from '#testkit/index.ts'
import { realClock } from '#testkit/real-clock.ts'

import { address, peerResource, target } from './bgp-speaker.ts'

/** Absent = the machine's own release. */
let release: FrrOptions['release']
let lab: Lab
let router: Frr
let own: Frr

beforeAll(async () => {
  await setUp()
})
afterAll(async () => {
  await lab.dispose()
})

/** Also when the kit asks for a first subject, before any test runs. */
async function setUp(): Promise<void> {
  if (lab !== undefined) return
  lab = await createLab(routedTopology({ pods: false }))
  router = new Frr(lab.node('router'), { config: routedBgp() })
  own = new Frr(lab.node('node1'), { config: '', daemons: ['bgpd'], ...(release && { release }) })
  await Promise.all([router.start(), own.start()])
}

async function heard(): Promise<ReadonlySet<Address>> {
  const reports = await Promise.all(
    ['ipv4', 'ipv6'].map((family) =>
      router.showJson<{ routes?: Record<string, unknown> }>(`show bgp ${family} unicast`),
    ),
  )
  const prefixes = reports.flatMap(({ routes = {} }) => Object.keys(routes))
  return new Set(prefixes.flatMap((prefix) => parseAddress(prefix.split('/')[0] ?? '') ?? []))
}

function tor(): Resource {
  return peerResource('tor', {
    myASN: NODE_ASN,
    peerASN: ROUTER_ASN,
    peerAddress: '172.16.1.1',
    connectTime: '1s',
  })
}

/** What a run of Herald that was killed leaves in FRR. */
async function plant(left: Address, config: unknown): Promise<void> {
  const announcer = frr.create(frr.parseConfig(config), fakeHost({ clock: realClock }))
  const resources = { BGPPeer: [tor()], BFDProfile: [] }
  await announcer.reconcile(
    { generation: 1, targets: [target(left)], resources },
    new AbortController().signal,
  )
  await announcer.close()
}

async function subject(): Promise<Subject> {
  await setUp()
  await own.restart()
  const config = { socketDirectory: own.directory, allowedPrefixes: ['10.254.0.0/16', '2001:db8::/32'] }
  return {
    plugin: frr,
    config,
    invalidConfig: { socketDirectory: 'relative' },
    addresses: [address('10.254.254.1'), address('10.254.254.2'), address('2001:db8:254::1')],
    impossible: address('198.51.100.1'),
    offers: [{ advertisement: 'BGPAdvertisement metallb-system/kit', options: {} }],
    resources: { BGPPeer: [tor()], BFDProfile: [] },
    observe: heard,
    outage: { begin: () => own.stop(), end: () => own.start() },
    leftovers: { plant: (left) => plant(left, config) },
    clock: realClock,
    dispose: async () => {},
  }
}

export async function frrConformance(name: string, newer?: FrrOptions['release']): Promise<void> {
  release = newer
  await announcerConformance({ describe, it }, name, subject)
}
