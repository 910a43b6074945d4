import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'

import {
  type BgpNeighbor,
  Bird,
  checkMetrics,
  createLab,
  describeMissing,
  type Feature,
  Frr,
  GoBgp,
  type Lab,
  labRequirements,
  newerProgramMissing,
  type NewerProgram,
  NODE_ASN,
  Prometheus,
  routedBgp,
  ROUTER_ASN,
  routedTopology,
  until,
} from '#lab/index.ts'

import { bundleWorker } from '../platform/bundle-worker.ts'

async function isThere(feature: Feature): Promise<boolean> {
  const requirements = await labRequirements([feature])
  if (!requirements.ok) console.warn(`tests of ${feature} are skipped: ${describeMissing(requirements)}`)
  return requirements.ok
}

const has = {
  frr: await isThere('frr'),
  bird: await isThere('bird'),
  gobgp: await isThere('gobgp'),
  prometheus: await isThere('prometheus'),
}

const own: { name: string; release?: NewerProgram } = { name: 'the machine’s own' }
const releases =
  newerProgramMissing('frr-10') === undefined ? [own, { name: 'FRR 10', release: 'frr-10' as const }] : [own]

const SERVICE = '10.254.254.1'
const SERVICE6 = 'fd00:254::1'

let lab: Lab

async function routed(): Promise<Lab> {
  lab = await createLab(routedTopology({ pods: false }))
  return lab
}

afterEach(async () => {
  await lab.dispose()
})

/** BIRD on both nodes, announcing the service's two addresses to the router. */
async function startSpeakers(options = ''): Promise<Bird[]> {
  const speakers = ['node1', 'node2'].map((name) => {
    const node = lab.node(name)
    const router = node.address().replace(/\d+$/, '1')
    const config = `log stderr all;
      router id ${node.address()};
      protocol device {}
      protocol bfd {}
      protocol static { ipv4; route ${SERVICE}/32 unreachable; }
      protocol static { ipv6; route ${SERVICE6}/128 unreachable; }
      protocol bgp uplink {
        local as ${NODE_ASN};
        neighbor ${router} as ${ROUTER_ASN};
        connect delay time 1; connect retry time 1; error wait time 1, 1;
        ipv4 { import none; export all; };
        ipv6 { import none; export all; next hop address ${node.address('IPv6')}; };
        ${options}
      }`
    return new Bird(node, { config })
  })
  await Promise.all(speakers.map((speaker) => speaker.start()))
  return speakers
}

/** Next hops the router's kernel has for a service address. */
async function nextHops(address: string): Promise<string[]> {
  const routes = await lab.node('router').routes(address.includes(':') ? 'IPv6' : 'IPv4')
  const found = routes.filter(({ dst }) => dst === address)
  const gateways = found.flatMap(({ gateway, nexthops }) => [
    gateway,
    ...(nexthops ?? []).map((hop) => hop.gateway),
  ])
  return gateways.filter((gateway) => gateway !== undefined).sort()
}

function bothNextHops(): Promise<unknown> {
  return until(
    'two next hops for both addresses',
    async () => {
      const [four, six] = await Promise.all([nextHops(SERVICE), nextHops(SERVICE6)])
      return four.length === 2 && six.length === 2
    },
    { timeout: 20_000 },
  )
}

describe.skipIf(!has.frr || !has.bird)('FRR', () => {
  it('puts the routes of both nodes into the kernel, again after a restart and a kill', async () => {
    await routed()
    const frr = new Frr(lab.node('router'), { config: routedBgp() })
    await frr.start()
    await startSpeakers()
    await bothNextHops()
    expect(await nextHops(SERVICE)).toEqual(['172.16.1.11', '172.16.2.21'])
    expect(await frr.vtysh('show ip route')).toMatch(
      /B>\* 10\.254\.254\.1\/32 \[20\/0\] via 172\.16\.1\.11, eth1/,
    )
    const summary = await frr.showJson<{ ipv4Unicast: { as: number } }>('show bgp summary')
    expect(summary.ipv4Unicast.as).toBe(ROUTER_ASN)
    await frr.restart()
    await bothNextHops()
    await frr.kill9()
    await frr.start()
    await bothNextHops()
  })

  it.each(releases)(
    'has every connected route from the start, and no client that left again: $name',
    async ({ release }) => {
      await routed()
      const frr = new Frr(lab.node('router'), { config: routedBgp(), ...(release && { release }) })
      await frr.start()
      // Zebra of FRR 10 forgets what it has just read whenever a client leaves, so that even a look must not be one.
      expect(frr.output).not.toMatch(/client \d+ disconnected/)
      await until('the connected routes', async () => {
        const shown = await frr.vtysh('show ip route connected')
        return ['172.16.1.0/24', '172.16.2.0/24'].every((subnet) =>
          shown.includes(`C>* ${subnet} is directly`),
        )
      })
    },
  )

  it('loses one daemon and gets it back, while the others run on', async () => {
    await routed()
    const frr = new Frr(lab.node('router'), { config: routedBgp() })
    await frr.start()
    await startSpeakers()
    await bothNextHops()
    const zebra = frr.process('zebra').pid
    await frr.kill9('bgpd')
    await until('the routes to go', async () => (await nextHops(SERVICE)).length === 0)
    await frr.start()
    await bothNextHops()
    expect(frr.process('zebra').pid).toBe(zebra)
  })

  it('speaks with password and TTL security', async () => {
    await routed()
    const change: Partial<BgpNeighbor> = { password: 'metallb', ttlSecurity: true }
    await new Frr(lab.node('router'), { config: routedBgp(change) }).start()
    await startSpeakers('password "metallb"; ttl security on;')
    await bothNextHops()
  })

  it('watches its neighbours by BFD', async () => {
    await routed()
    const bfd = { interval: 100, multiplier: 5 }
    const frr = new Frr(lab.node('router'), { config: routedBgp({ bfd }) })
    await frr.start()
    await startSpeakers('bfd { interval 100 ms; multiplier 5; };')
    await until(
      'both BFD sessions',
      async () => {
        const peers = await frr.showJson<{ status: string }[]>('show bfd peers')
        return peers.length === 2 && peers.every(({ status }) => status === 'up')
      },
      { timeout: 20_000 },
    )
  })

  it('refuses a line it does not know by its number', async () => {
    await routed()
    const frr = new Frr(lab.node('router'), { config: 'router bgp 7675\nexit\nrouter bogus\n' })
    await expect(frr.start()).rejects.toThrow('line 3: % Unknown command[4]: router bogus')
  })

  it('touches nothing outside the lab', async () => {
    const before = outside()
    await routed()
    await new Frr(lab.node('router'), { config: routedBgp(), daemons: ['bgpd', 'bfdd', 'staticd'] }).start()
    expect(outside()).toEqual(before)
  })

  function outside(): string[] {
    return ['/run/frr', '/var/tmp/frr', '/etc/frr']
      .filter((directory) => existsSync(directory))
      .flatMap((directory) => [directory, ...readdirSync(directory)])
  }
})

describe.skipIf(!has.bird)('BIRD', () => {
  it('puts the routes of both nodes into the kernel, again after a restart and a kill', async () => {
    await routed()
    const bird = new Bird(lab.node('router'), { config: routedBgp() })
    await bird.start()
    await startSpeakers()
    await bothNextHops()
    expect(await bird.birdc('show protocols')).toMatch(/neighbor1 +BGP .* Established/)
    await bird.restart()
    await bothNextHops()
    await bird.kill9()
    await bird.start()
    await bothNextHops()
  })

  it('that cannot start says why', async () => {
    await routed()
    const bird = new Bird(lab.node('router'), { config: 'nonsense;\n' })
    await expect(bird.start()).rejects.toThrow(/ended at once; it printed:\n.*bird\.conf:1.* syntax error/)
  })
})

describe.skipIf(!has.gobgp || !has.bird)('GoBGP', () => {
  it('made after the lab is gone is an error, and leaves no folder behind', async () => {
    const node = (await routed()).node('node1')
    await lab.dispose()
    expect(() => new GoBgp(node, { config: '' })).toThrow('ENOENT')
    expect(existsSync(lab.directory)).toBe(false)
  })

  it('takes the routes of both nodes', async () => {
    await routed()
    const gobgp = new GoBgp(lab.node('router'), { config: routedBgp() })
    await gobgp.start()
    await startSpeakers()
    await until(
      'both paths',
      async () => {
        const rib = await gobgp.gobgp<Record<string, unknown[]>>('global', 'rib')
        return rib[`${SERVICE}/32`]?.length === 2
      },
      { timeout: 20_000 },
    )
  })
})

describe.skipIf(!has.prometheus)('Prometheus', () => {
  it('scrapes a target in its node and answers queries', async () => {
    await routed()
    const prometheus = new Prometheus(lab.node('node1'), { targets: ['127.0.0.1:9090'] })
    await prometheus.start()
    const up = await until('a scrape', async () => (await prometheus.query('up == 1'))[0])
    expect(up.metric).toMatchObject({ instance: '127.0.0.1:9090', job: 'herald' })
  })

  it('lints an exposition', async () => {
    await checkMetrics(
      '# HELP herald_frames_total Frames sent.\n# TYPE herald_frames_total counter\nherald_frames_total 1\n',
    )
    await expect(checkMetrics('herald_frames_total 1\n')).rejects.toThrow('no help text')
  })
})

describe.skipIf(!has.frr)('herald lab', () => {
  it('brings a topology up, says how to enter it, and takes it down on Ctrl-C', async () => {
    const program = await bundleWorker(fileURLToPath(new URL('fixtures/lab-command.ts', import.meta.url)))
    try {
      const child = spawn(process.execPath, [
        program.script,
        'start',
        'routed',
        '--service',
        `${SERVICE}:18081`,
      ])
      const ended = once(child, 'close')
      let output = ''
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
      const { groups: { id = '' } = {} } = await until('the lab to be up', () =>
        /^(?<id>hl-\w+) is up[^]*\/tcp\n/.exec(output),
      )
      expect(output).toContain(`ip netns exec ${id}-router bash`)
      expect(output).toContain('node2      eth0 172.16.2.21/24')
      child.kill('SIGINT')
      expect(await ended).toEqual([0, null])
      expect(output).toContain(`${id} is gone.`)
      expect(readdirSync('/run/netns').filter((name) => name.startsWith(id))).toEqual([])
    } finally {
      program.remove()
    }
  })
})
