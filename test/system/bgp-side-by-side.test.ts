/*
 * Two backends on one node: native-bgp speaks to one router, an FRR beside Herald to another, each tells its router what
 * its own advertisements say; and what cannot go together is found and explained where the user looks.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createLab, Frr, until, type Lab, type LabSpec } from '#lab/index.ts'

import { metallb, service } from './bgp-suite/manifests.ts'
import { Herald } from './bgp-suite/node.ts'
import { bundleProgram, type Program } from './program.ts'

const OUR_ASN = 65_001
const byFrr = { 'heraldlb.io/announcer': 'frr' }

const topology: LabSpec = {
  segments: { left: {}, right: {} },
  nodes: {
    node1: {
      interfaces: [
        { segment: 'left', addresses: ['192.0.2.11/24'] },
        { segment: 'right', addresses: ['198.51.100.11/24'] },
      ],
    },
    left: { interfaces: [{ segment: 'left', addresses: ['192.0.2.1/24'] }] },
    right: { interfaces: [{ segment: 'right', addresses: ['198.51.100.1/24'] }] },
  },
}

const config = (asn: number, neighbor: string): string =>
  [
    `router bgp ${asn}`,
    ' no bgp ebgp-requires-policy',
    ` neighbor ${neighbor} remote-as ${OUR_ASN}`,
    ` neighbor ${neighbor} timers connect 1`,
    'exit',
  ].join('\n')

function peer(name: string, peerAddress: string, peerASN: number, annotations = {}): object {
  const spec = { myASN: OUR_ASN, peerASN, peerAddress, connectTime: '1s' }
  return metallb('BGPPeer', name, spec, annotations)
}

const common = [
  metallb('IPAddressPool', 'main', { addresses: ['203.0.113.0/24'] }),
  peer('left', '192.0.2.1', 65_101),
  peer('right', '198.51.100.1', 65_102, byFrr),
  metallb('BGPAdvertisement', 'here', { communities: ['65001:1'] }),
  metallb('BGPAdvertisement', 'there', { communities: ['65001:2'] }, byFrr),
  service('web', '203.0.113.1'),
]

describe('native-bgp and frr on one node', () => {
  let program: Program | undefined
  let lab: Lab
  let own: Frr
  let herald: Herald
  const routers = new Map<string, Frr>()

  beforeAll(async () => {
    ;[program, lab] = await Promise.all([bundleProgram(), createLab(topology)])
    routers.set('left', new Frr(lab.node('left'), { config: config(65_101, '192.0.2.11') }))
    routers.set('right', new Frr(lab.node('right'), { config: config(65_102, '198.51.100.11') }))
    own = new Frr(lab.node('node1'), { config: '', daemons: ['bgpd'] })
    await Promise.all([own.start(), ...[...routers.values()].map((router) => router.start())])
  })
  afterAll(async () => {
    await lab?.dispose()
    program?.remove()
  })

  function heraldWith(nativeBgp: object): Herald {
    const plugins = { 'native-bgp': nativeBgp, frr: { socketDirectory: own.directory } }
    return new Herald({
      node: lab.node('node1'),
      program: program as Program,
      backend: 'native-bgp',
      plugins,
    })
  }

  async function communityAt(router: string): Promise<string | undefined> {
    const report = await routers
      .get(router)
      ?.showJson<{ paths?: { community?: { string: string } }[] }>('show bgp ipv4 unicast 203.0.113.1/32')
    return report?.paths?.[0]?.community?.string
  }

  it('says who has port 179, and how both can run, when they would listen on it both', async () => {
    herald = heraldWith({})
    await herald.put('all.yaml', ...common)
    await herald.start()
    await herald.established('left')
    const right = await herald.until('the trouble', () => {
      const found = herald.peer('right')
      return found?.reason === 'PortTaken' && found
    })
    expect(right.message).toContain('somebody else listens on TCP port 179')
    expect(right.message).toContain('plugins.native-bgp.listenPort: 0')
    herald.process.kill('SIGTERM')
    await herald.process.exited
  })

  it('each tell their own router, with the attributes of their own advertisements', async () => {
    herald = heraldWith({ listenPort: 0 })
    await herald.start()
    await herald.established('left', 'right')
    await until('both routes', async () => (await communityAt('left')) && (await communityAt('right')))
    expect([await communityAt('left'), await communityAt('right')]).toEqual(['65001:1', '65001:2'])
    await herald.until('both to say whom they have told', () => {
      const told = herald.view()?.announcements.filter(({ address }) => address === '203.0.113.1') ?? []
      const by = (name: string): unknown => told.find(({ announcer }) => announcer === name)?.via?.join()
      return told.length === 2 && by('native-bgp') === 'left' && by('frr') === 'right'
    })
    expect(herald.view()?.problems).toEqual([])
  })

  it('refuse a second session with one router, an advertisement for the other’s peer and contradictory preferences', async () => {
    await herald.put(
      'conflicts.yaml',
      peer('twice', '192.0.2.1', 65_101, byFrr),
      metallb('BGPAdvertisement', 'astray', { peers: ['left'] }, byFrr),
      metallb('BGPAdvertisement', 'preferred', { localPref: 300 }),
    )
    const problems = await herald.until('the problems', () => {
      const found = herald.view()?.problems ?? []
      return found.length >= 3 && found
    })
    const about = (name: string): string =>
      problems
        .filter(({ object }) => object.endsWith(`/${name}`))
        .map(({ field, message }) => `${field}: ${message}`)
        .join()
    expect(about('twice')).toBe(
      'spec.peerAddress: found "192.0.2.1", and a session with it already exists on a common node: ' +
        "BGPPeer metallb-system/left, which is native-bgp's, while this one is frr's; allowed: one session per router and node",
    )
    expect(about('astray')).toMatch(/^spec\.peers\[0\]: .*"left".*native-bgp/)
    expect(about('preferred')).toMatch(
      /^spec\.localPref: found 300: .*BGPAdvertisement metallb-system\/here has none for the same prefixes/,
    )
    // What is in order goes on.
    expect([await communityAt('left'), await communityAt('right')]).toEqual(['65001:1', '65001:2'])
    await herald.remove('conflicts.yaml')
    await herald.until('the problems to go', () => herald.view()?.problems.length === 0)
  })

  it('withdraw from both routers when Herald is told to stop', async () => {
    herald.process.kill('SIGTERM')
    expect(await herald.process.exited).toMatchObject({ code: 0 })
    await until('both routes to go', async () => {
      return (await communityAt('left')) === undefined && (await communityAt('right')) === undefined
    })
  })
})
