/*
 * What an operator's routers see of Herald, whichever backend runs: real Herald, real routers, one folder of manifests.
 * What a backend declares that it cannot do must be refused with its reason and the backends that can.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Overview } from '#app/status-page/overview.ts'
import { until, type Capture } from '#lab/index.ts'

import { bundleProgram, type Program } from '../program.ts'
import { backends, type Backend, type Beside } from './backends.ts'
import { readBirdRoutes, type BirdRoute } from './bird-routes.ts'
import { birdConfig, birdRouters, OUR_ASN, protocolName, startFabric, type Fabric } from './fabric.ts'
import {
  advertisements,
  bfdProfile,
  metallb,
  node,
  peer,
  peerCases,
  poolManifests,
  secret,
  service,
  services,
  type PeerName,
} from './manifests.ts'
import { Herald } from './node.ts'

const main = ['203.0.113.1/32', '2001:db8:113::1/128'] as const

export function bgpSuite(backend: Backend): void {
  const { plugin } = backend
  const supports = (field: string): boolean => !plugin.unsupported.some((one) => one.field === field)
  const canDo = (name: PeerName): boolean => {
    const { needs } = { needs: undefined, ...peerCases[name] }
    return needs === undefined || supports(needs)
  }
  const names = Object.keys(peerCases) as PeerName[]
  /** The session with FRR has BFD where it can. */
  const toFrr = supports('bfdProfile') ? 'bfd' : 'frr'
  const used = names.filter((name) => canDo(name) && (name !== 'frr' || toFrr === 'frr'))
  const sessions = used.filter((name) => name !== 'vrf' && name !== 'other-rack')

  /** What a backend cannot do is no test of it, and the refusal is. */
  const only = (able: boolean): ((name: string, test: () => Promise<void>) => void) => (able ? it : () => {})

  const release = backend.release === undefined ? '' : ` of ${backend.release}`
  describe(`${plugin.name}${release} and routers of three makes`, () => {
    let program: Program | undefined
    let fabric: Fabric
    let herald: Herald
    let beside: Beside
    let keepalives: Capture

    beforeAll(async () => {
      ;[program, fabric] = await Promise.all([bundleProgram(), startFabric(backend.release)])
      const own = fabric.lab.node('node1')
      const { address } = birdRouters.timers
      keepalives = await own.capture('eth0', `src host 192.0.2.11 and dst host ${address} and tcp`)
      beside = await backend.start(own)
      const plugins = { [plugin.name]: beside.config }
      herald = new Herald({ node: own, program, backend: plugin.name, plugins })
      await herald.put('nodes.yaml', node('node1', '192.0.2.11'), node('node2', '192.0.2.99'))
      await herald.put('pools.yaml', ...poolManifests, ...advertisements, ...services)
      await herald.put('secret.yaml', secret('tor', '0ne-sup3rs3cret'))
      const profiles = supports('bfdProfile') ? [bfdProfile] : []
      await herald.put('peers.yaml', ...used.map((name) => peer(name)), ...profiles)
      await herald.start()
    })
    afterAll(async () => {
      await fabric?.lab.dispose()
      program?.remove()
    })

    async function birdRoutes(): Promise<BirdRoute[]> {
      return readBirdRoutes(await fabric.bird.birdc('show route all'))
    }

    /** What one of BIRD's sessions was told of a prefix. */
    function toldTo(name: string, prefix: string): Promise<Readonly<Record<string, string>>> {
      return herald.until(`${prefix} at ${name}`, async () => {
        const routes = await birdRoutes()
        return routes.find((route) => route.from === protocolName(name) && route.prefix === prefix)
          ?.attributes
      })
    }

    async function prefixesAt(name: string): Promise<string[]> {
      const routes = await birdRoutes()
      return routes.flatMap(({ from, prefix }) => (from === protocolName(name) ? [prefix] : [])).sort()
    }

    async function frrPaths(prefix: string): Promise<FrrPath[]> {
      const family = prefix.includes(':') ? 'ipv6' : 'ipv4'
      const { paths = [] } = await fabric.frr.showJson<{ paths?: FrrPath[] }>(
        `show bgp ${family} unicast ${prefix}`,
      )
      return paths
    }

    /** The next hop of a prefix, as FRR has it from one neighbour. */
    function nextHopFrom(neighbor: string, prefix: string): Promise<string> {
      return herald.until(`${prefix} from ${neighbor}`, async () => {
        const paths = await frrPaths(prefix)
        const path = paths.find(({ peer: from }) => from.peerId === neighbor || from.interface === neighbor)
        return path?.nexthops.find(({ scope }) => scope !== 'link-local')?.ip ?? path?.nexthops[0]?.ip
      })
    }

    it('has every session with every router, and all that is announced is served by them', async () => {
      await herald.established(...sessions)
      const [v4, v6] = main.map((prefix) => prefix.split('/')[0] ?? '')
      for (const address of [v4, v6]) {
        await herald.until(`${address} to be served`, () => {
          const via = herald.target(address ?? '')?.via ?? []
          // The one with `disableMP` hears of one family.
          const expected = sessions.filter((name) => name !== 'single' || address === v4)
          return via.length === expected.length && expected.every((name) => via.includes(name))
        })
      }
      expect(herald.view()?.problems).toEqual([])
    })

    it('shows each session on the status page, with its state and since when', async () => {
      const url = 'http://127.0.0.1:7474/api/v1/overview'
      const shown = await herald.until('every session on the page', async () => {
        const told = await fabric.lab.node('node1').run(['curl', '-sSf', '-m', '5', url])
        const { peers } = JSON.parse(told) as Pick<Overview, 'peers'>
        const up = peers.filter((one) => one.state === 'Established' && one.announcer === plugin.name)
        return sessions.every((name) => up.some((one) => one.peer === name)) && up
      })
      expect(shown.every(({ since = '' }) => Date.now() - Date.parse(since) < 600_000)).toBe(true)
    })

    it('tells a router of another AS our AS and the node’s address, for both families', async () => {
      const v4 = await toldTo('ebgp', main[0])
      expect(v4).toMatchObject({ origin: 'IGP', as_path: String(OUR_ASN), next_hop: '192.0.2.11' })
      expect(v4).not.toHaveProperty('community')
      const v6 = await toldTo('ebgp', main[1])
      expect(v6.as_path).toBe(String(OUR_ASN))
      expect(v6.next_hop).toMatch(/^fd00:1::11\b/)
      expect(await protocol('ebgp')).toMatch(/Neighbor ID: +10\.11\.12\.13/)
    })

    it('tells a router of its own AS an empty path and the local preference', async () => {
      expect(await toldTo('ibgp', main[0])).toMatchObject({ as_path: '', local_pref: '100' })
      expect(await toldTo('ibgp', '203.0.114.1/32')).toMatchObject({ local_pref: '250' })
      expect(await toldTo('ibgp', '2001:db8:114::1/128')).toMatchObject({ local_pref: '250' })
      expect(await toldTo('internal', main[0])).toMatchObject({ as_path: '', local_pref: '100' })
    })

    it('tells standard, well-known, named and large communities, and no others', async () => {
      for (const prefix of ['203.0.114.1/32', '2001:db8:114::1/128']) {
        expect(await toldTo('ebgp', prefix)).toMatchObject({
          community: '(65001,7) (65001,77) (65535,65281)',
          large_community: '(65001, 1, 2)',
        })
      }
      expect(await toldTo('ebgp', main[0])).not.toHaveProperty('large_community')
    })

    it('tells each router what its advertisements select for it, aggregated, and nothing of other nodes', async () => {
      await toldTo('ebgp', '203.0.115.64/26')
      await toldTo('ebgp', '2001:db8:115:0:1::/80')
      expect(await prefixesAt('ebgp')).toEqual(
        [...main, '2001:db8:114::1/128', '2001:db8:115:0:1::/80', '203.0.114.1/32', '203.0.115.64/26'].sort(),
      )
      expect(await prefixesAt('ibgp')).toEqual([...main, '2001:db8:114::1/128', '203.0.114.1/32'].sort())
      expect(await prefixesAt('source')).toEqual([...main].sort())
      expect(herald.target('203.0.116.1')).toBeUndefined()
    })

    it('makes no session for a peer whose node selectors select another node', async () => {
      expect(herald.peer('other-rack')).toBeUndefined()
      expect(await protocol('other-rack')).toMatch(/BGP state: +Passive/)
    })

    it('speaks from the source address, to another port, and claims another AS where it is told so', async () => {
      expect(await toldTo('source', main[0])).toMatchObject({ next_hop: '192.0.2.12' })
      expect(await toldTo('port', main[0])).toMatchObject({ as_path: String(OUR_ASN) })
      expect(await toldTo('local', main[0])).toMatchObject({ as_path: '65999' })
      expect(await toldTo('external', main[0])).toMatchObject({ as_path: String(OUR_ASN) })
      expect(await prefixesAt('families')).toEqual([...main].sort())
    })

    it('tells a session without the multiprotocol extensions of its own family alone', async () => {
      await toldTo('single', main[0])
      expect(await prefixesAt('single')).toEqual([main[0]])
      expect(neighborCapabilities(await protocol('single'))).not.toMatch(/ipv6/)
    })

    it('reaches a router several hops away', async () => {
      const routes = await herald.until('both routes at the far router', async () => {
        const found = readBirdRoutes(await fabric.far.birdc('show route all'))
        return found.filter(({ from }) => from === protocolName('far')).length === 2 && found
      })
      expect(
        routes.flatMap(({ from, prefix }) => (from === protocolName('far') ? [prefix] : [])).sort(),
      ).toEqual([...main].sort())
    })

    it('agrees on the hold time of the peer and sends keepalives as often as it says', async () => {
      expect(await protocol('timers')).toMatch(/Hold timer: +[\d.]+\/30/)
      const times = await herald.until('KEEPALIVEs', () => {
        const seen = keepalives.packets.filter(({ text }) => text.includes(' length 19: BGP'))
        return seen.length >= 6 && seen.map(({ at }) => at)
      })
      // The first answers the OPEN. A busy machine is late now and then, and still far from a third of the hold time.
      const gaps = times.slice(1).map((at, index) => at - (times[index] ?? at))
      expect(gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)]).toBeGreaterThan(0.5)
      expect(Math.max(...gaps)).toBeLessThan(8)
      await keepalives.stop()
    })

    it('gives GoBGP as a router both families', async () => {
      const has = async (...family: string[]): Promise<string> =>
        JSON.stringify(await fabric.gobgpd.gobgp('neighbor', '192.0.2.11', 'adj-in', ...family))
      expect(await herald.until('the IPv4 route', async () => (await has()).includes(main[0]))).toBe(true)
      await herald.until('the IPv6 route', async () => (await has('-a', 'ipv6')).includes(main[1]))
    })

    it('carries both families over either, with next hops of their own', async () => {
      expect(await nextHopFrom('192.0.2.11', main[0])).toBe('192.0.2.11')
      expect(await nextHopFrom('192.0.2.11', main[1])).toBe('fd00:1::11')
      expect(await nextHopFrom('fd00:1::11', main[0])).toMatch(/^(192\.0\.2\.11|fd00:1::11)$/)
      expect(await nextHopFrom('fd00:1::11', main[1])).toBe('fd00:1::11')
    })

    it('gives IPv4 routes an IPv6 next hop where the link has no IPv4 (RFC 8950)', async () => {
      expect(await nextHopFrom('fd00:2::11', main[0])).toBe('fd00:2::11')
      expect(await nextHopFrom('fd00:2::11', main[1])).toBe('fd00:2::11')
    })

    it.each(names.filter((name) => !canDo(name)))('refuses peer %s, says why and who can', async (name) => {
      const { needs } = { needs: undefined, ...peerCases[name] }
      const reason = plugin.unsupported.find(({ field }) => field === needs)?.reason ?? ''
      await herald.put('refused.yaml', peer(name), bfdProfile)
      const problem = await herald.until('the refusal', () =>
        herald
          .view()
          ?.problems.find(
            ({ object, field }) => object === `BGPPeer metallb-system/${name}` && field === `spec.${needs}`,
          ),
      )
      const able = Object.values(backends)
        .filter((other) => !other.plugin.unsupported.some(({ field }) => field === needs))
        .map((other) => other.plugin.name)
      expect(problem).toMatchObject({ field: `spec.${needs}`, reason: 'UnsupportedField' })
      expect(problem.message).toMatch(`${plugin.name} refuses it: ${reason}; allowed with `)
      for (const other of able) expect(problem.message).toContain(other)
      expect(able).not.toEqual([])
      await herald.remove('refused.yaml')
      await herald.until('the refusal to go', () => herald.view()?.problems.length === 0)
    })

    only(canDo('bare'))('finds the router of a link without addresses', async () => {
      await herald.established('bare')
      expect(await nextHopFrom('eth2', main[0])).toMatch(/^fe80::/)
      expect(await nextHopFrom('eth2', main[1])).toMatch(/^fe80::/)
      await herald.until('BFD on the link', async () => {
        const peers = await fabric.frr.showJson<readonly FrrBfdPeer[]>('show bfd peers')
        return peers.some(({ interface: link, status }) => link === 'eth2' && status === 'up')
      })
    })

    only(canDo('vrf'))('puts a peer of a VRF and its routes into a router of that VRF', async () => {
      const told = (await beside.told?.()) ?? ''
      const router = told.slice(told.indexOf(`router bgp ${OUR_ASN} vrf red`))
      expect(router).toContain('neighbor 192.0.2.33 remote-as 65113')
      expect(router).toMatch(/ network 203\.0\.113\.1\/32 /)
      expect(herald.peer('vrf')).toMatchObject({ state: expect.not.stringMatching('Established') as string })
    })

    only(canDo('restart'))('offers graceful restart to the router that asked for it', async () => {
      const [asked, other] = [await protocol('restart'), await protocol('ebgp')]
      expect(neighborCapabilities(asked)).toMatch(/Graceful restart/)
      expect(neighborCapabilities(asked)).toMatch(/AF supported: +ipv4 ipv6/)
      expect(neighborCapabilities(other)).not.toMatch(/AF supported: +ipv4/)
    })

    it('changes what has changed, by an UPDATE within the session', async () => {
      const since = async (): Promise<number> =>
        Date.parse(`1970-01-01T${/ up +(\S+) +Established/.exec(await protocol('ibgp'))?.[1]}Z`)
      const before = await since()
      const dressed = metallb('BGPAdvertisement', 'main', {
        ipAddressPools: ['main'],
        localPref: 300,
        communities: ['65001:9'],
      })
      await herald.put(
        'pools.yaml',
        ...poolManifests,
        ...advertisements.slice(1),
        dressed,
        ...services.slice(1),
        service('web', '203.0.113.2'),
      )
      await herald.until('the new address with its attributes', async () => {
        const told = (await birdRoutes()).filter(({ from }) => from === protocolName('ibgp'))
        const one = told.find(({ prefix }) => prefix === '203.0.113.2/32')
        return one?.attributes['local_pref'] === '300' && one.attributes['community'] === '(65001,9)'
      })
      await herald.until(
        'the old addresses to go',
        async () => !(await prefixesAt('ibgp')).some((prefix) => prefix === main[0] || prefix === main[1]),
      )
      await herald.put('pools.yaml', ...poolManifests, ...advertisements, ...services)
      expect(await toldTo('ibgp', main[1])).toMatchObject({ local_pref: '100' })
      // BIRD counts it back from now each time it is asked, so that it moves by a millisecond. Another session is seconds younger.
      expect(Math.abs((await since()) - before)).toBeLessThan(100)
    })

    it('uses the new password when its Secret changes, and tells it to nobody', async () => {
      await fabric.bird.reconfigure(
        birdConfig({
          ...birdRouters,
          password: { ...birdRouters.password, options: 'password "an0ther-sup3rs3cret";' },
        }),
      )
      await herald.put('secret.yaml', secret('tor', 'an0ther-sup3rs3cret'))
      await herald.until(
        'the session with the new password',
        async () =>
          / up +\S+ +Established/.test(await protocol('password')) &&
          (await prefixesAt('password')).length === 2,
      )
      const ebgp = herald.peer('ebgp')
      expect(ebgp?.state).toBe('Established')
      expect(`${JSON.stringify(herald.view())}${herald.process.output}`).not.toContain('sup3rs3cret')
    })

    only(toFrr === 'bfd')('has BFD notice a frozen router long before the hold time ends', async () => {
      fabric.frr.freeze()
      const frozen = performance.now()
      try {
        await herald.until('the loss to be noticed', () => herald.peer('bfd')?.state !== 'Established')
        expect(performance.now() - frozen).toBeLessThan(9000)
      } finally {
        fabric.frr.thaw()
      }
      await herald.established('bfd')
    })

    it('says who does not hear of an address while a router is away, and calls it as often as it is told to', async () => {
      const calls = await fabric.lab
        .node('node1')
        .capture('eth0', 'dst host 192.0.2.3 and dst port 179 and tcp[tcpflags] == tcp-syn')
      await fabric.gobgpd.kill9()
      await herald.until('the loss to be said', () => {
        const target = herald.target('203.0.113.1')
        return (
          target?.phase === 'serving' &&
          target.via?.includes('gobgpd') === false &&
          target.via.includes('ebgp')
        )
      })
      const { attempts, apart } = backend.retries ?? { attempts: 0, apart: 0 }
      const times = await until(
        'attempts to connect',
        () => calls.packets.length >= attempts && calls.packets.slice(0, attempts).map(({ at }) => at),
        { timeout: 30_000 },
      )
      // The middle one: a busy machine is late now and then.
      const gaps = times.slice(1).map((at, index) => at - (times[index] ?? at))
      expect(gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? 0).toBeLessThanOrEqual(apart)
      await calls.stop()
      await fabric.gobgpd.start()
      await herald.established('gobgpd')
    })

    it('withdraws everything when it is told to stop', async () => {
      herald.process.kill('SIGTERM')
      expect(await herald.process.exited).toMatchObject({ code: 0 })
      // All has been said; BIRD reads it when it is its turn.
      await until('the routes to go', async () =>
        (await birdRoutes()).every(({ from }) => !from.startsWith('to_')),
      )
    })

    async function protocol(name: string): Promise<string> {
      return fabric.bird.birdc(`show protocols all ${protocolName(name)}`)
    }
  })
}

interface FrrBfdPeer {
  readonly interface?: string
  readonly status: string
}

interface FrrPath {
  readonly peer: { readonly peerId?: string; readonly interface?: string }
  readonly nexthops: readonly { readonly ip: string; readonly scope?: string }[]
}

/** The part of BIRD's report that is about the other side. */
function neighborCapabilities(protocol: string): string {
  return protocol.slice(protocol.indexOf('Neighbor capabilities'), protocol.indexOf('Session:'))
}
