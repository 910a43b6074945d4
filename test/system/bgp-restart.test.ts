/*
 * What a client behind the router notices when a Herald goes away: killed and started again, or told to stop, by each
 * of the backends. Both nodes route to one server, which holds the address itself: what is lost is lost by announcing, not
 * by a node's NAT.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import {
  createLab,
  Frr,
  NODE_ASN,
  ROUTER_ASN,
  routedTopology,
  until,
  type Lab,
  type LabProcess,
  type LabSpec,
  type NodeSpec,
} from '#lab/index.ts'

import { backends, type Backend } from './bgp-suite/backends.ts'
import { bundleProgram, type Program } from './program.ts'

const address = '10.254.254.1'
const nodes = ['node1', 'node2'] as const
type BackendName = keyof typeof backends
const names = Object.keys(backends) as BackendName[]
const gateways = { node1: '172.16.1.1', node2: '172.16.2.1' } as const
const hops = { node1: '172.16.1.11', node2: '172.16.2.21' } as const

/** Answers datagrams, and connections with one octet. */
const server = `
  const udp = require('node:dgram').createSocket('udp4')
  udp.on('message', (bytes, from) => udp.send(bytes, from.port, from.address)).bind(7000, '${address}')
  require('node:net').createServer((s) => { s.on('error', () => {}); s.end('x') }).listen(7000, '${address}',
    () => console.log('ready'))`

/**
 * Sends datagrams from many ports, on each the next one when the last is answered or given up after two seconds, so
 * that no buffer overflows on a busy machine; with every tenth it opens a connection. In the end it says what is lost.
 */
const client = `
  const [total, every] = process.argv.slice(-2).map(Number)
  let sent = 0, answered = 0, lost = 0, opened = 0, failed = 0, done = 0
  const free = []
  for (let i = 0; i < 64; i++) {
    const one = { socket: require('node:dgram').createSocket('udp4'), waits: -1 }
    one.socket.bind(0)
    one.socket.on('message', (m) => { if (m.readUInt32BE() !== one.waits) return
      clearTimeout(one.timer); one.waits = -1; answered++; free.push(one) })
    free.push(one)
  }
  const send = (one) => { const bytes = Buffer.alloc(4); bytes.writeUInt32BE(sent)
    one.waits = sent++; one.socket.send(bytes, 7000, '${address}')
    one.timer = setTimeout(() => { one.waits = -1; lost++; free.push(one) }, 2000) }
  const dial = () => { opened++
    const s = require('node:net').connect(7000, '${address}'); let got = false
    s.setTimeout(5000, () => s.destroy())
    s.on('data', () => { got = true }).on('error', () => {}).on('close', () => { done++; if (!got) failed++ }) }
  const start = process.hrtime.bigint()
  const timer = setInterval(() => {
    const due = Math.min(total, Number((process.hrtime.bigint() - start) / 1000n) / every)
    while (sent < due && free.length > 0) { if (sent % 10 === 0) dial(); send(free.shift()) }
    if (answered + lost < total || done < opened) return
    clearInterval(timer); console.log(JSON.stringify({ sent, lost, opened, failed })); process.exit() }, 1)
  console.log('ready')`

interface Tally {
  readonly sent: number
  readonly lost: number
  readonly opened: number
  readonly failed: number
}

let program: Program
let lab: Lab
let frr: Frr
const heralds = new Map<string, LabProcess>()

beforeAll(async () => {
  program = await bundleProgram()
})
afterAll(() => program.remove())

beforeEach(async () => {
  lab = await createLab(topology())
  const router = lab.node('router')
  // Ports take part in the hash, so that one client's traffic spreads over both next hops.
  await router.run(['sysctl', '-qw', 'net.ipv4.fib_multipath_hash_policy=1'])
  const neighbors = Object.values(hops)
  const config = [
    `router bgp ${ROUTER_ASN}`,
    ' bgp router-id 172.16.1.1',
    ' no bgp ebgp-requires-policy',
    ...neighbors.flatMap((hop) => [
      ` neighbor ${hop} remote-as ${NODE_ASN}`,
      ` neighbor ${hop} timers 3 9`,
      ` neighbor ${hop} timers connect 1`,
    ]),
    'exit',
  ]
  frr = new Frr(router, { config: config.join('\n'), daemons: ['bgpd'] })
  for (const name of nodes) await lab.node(name).ip(`route add ${address}/32 via 172.16.4.100`)
  await lab.node('server').ip(`addr add ${address}/32 dev lo`)
  await Promise.all([
    frr.start(),
    lab.node('server').spawn([process.execPath, '-e', server]).waitForLine(/ready/),
  ])
})
afterEach(async () => {
  await lab.dispose()
  heralds.clear()
})

function topology(): LabSpec {
  const routed = routedTopology({ pods: false, client: true })
  const behind = nodes.map((name, index): [string, NodeSpec] => {
    const { interfaces = [], ...node } = routed.nodes[name] ?? {}
    const leg = { segment: 'net4', name: 'eth1', addresses: [`172.16.4.${index + 1}/24`] }
    return [name, { ...node, interfaces: [...interfaces, leg] }]
  })
  const server: NodeSpec = {
    interfaces: [{ segment: 'net4', addresses: ['172.16.4.100/24'] }],
    routes: [{ to: 'default', via: '172.16.4.1' }],
  }
  return {
    segments: { ...routed.segments, net4: {} },
    nodes: { ...routed.nodes, ...Object.fromEntries(behind), server },
  }
}

/** One folder per node: what these tests are about does not pass through it. */
async function start(name: (typeof nodes)[number], backend: BackendName = 'native-bgp'): Promise<LabProcess> {
  const node = lab.node(name)
  const chosen: Backend = backends[backend]
  const beside = await chosen.start(node)
  const folder = join(node.directory, 'lb')
  await mkdir(folder, { recursive: true })
  await writeFile(
    join(folder, 'all.json'),
    manifests(name)
      .map((one) => JSON.stringify(one))
      .join('\n---\n'),
  )
  // Long enough to be looked at on a busy machine.
  const config = join(node.directory, 'plugins.yaml')
  await writeFile(config, JSON.stringify({ plugins: { [backend]: { ...beside.config, drainTime: '4s' } } }))
  const argv = [
    process.execPath,
    program.script,
    'standalone',
    folder,
    '--node-name',
    name,
    '--bgp-backend',
    backend,
    '--config',
    config,
  ]
  const herald = node.spawn(argv, { name: `herald on ${name}`, log: join(node.directory, 'herald.log') })
  heralds.set(name, herald)
  return herald
}

function manifests(name: (typeof nodes)[number]): object[] {
  const metallb = (kind: string, spec: object, version = 'v1beta1'): object => ({
    apiVersion: `metallb.io/${version}`,
    kind,
    metadata: { name: 'a', namespace: 'metallb-system' },
    spec,
  })
  const peer = {
    myASN: NODE_ASN,
    peerASN: ROUTER_ASN,
    peerAddress: gateways[name],
    connectTime: '1s',
    enableGracefulRestart: true,
  }
  return [
    metallb('IPAddressPool', { addresses: [`${address}/32`] }),
    metallb('BGPAdvertisement', {}),
    metallb('BGPPeer', peer, 'v1beta2'),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { type: 'LoadBalancer', ports: [{ port: 7000 }] },
    },
  ]
}

async function nextHops(): Promise<string[]> {
  const text = await lab.node('router').run(['ip', '-4', 'route', 'show', `${address}/32`])
  return [...text.matchAll(/via (\S+)/g)].map(([, hop = '']) => hop).sort()
}

async function reached(...names: (keyof typeof hops)[]): Promise<void> {
  const wanted = names.map((name) => hops[name]).join()
  await until(`next hops ${wanted}`, async () => (await nextHops()).join() === wanted, {
    timeout: 20_000,
  }).catch((cause: unknown) => {
    const words = [...heralds].map(([name, { lines }]) => `--- ${name}\n${lines.slice(-15).join('\n')}`)
    throw new Error(`${String(cause)}\n${words.join('\n')}`, { cause })
  })
}

/** `every`: microseconds between two datagrams; every tenth comes with a connection. */
async function traffic(total: number, every: number): Promise<() => Promise<Tally>> {
  const argv = [process.execPath, '-e', client, '--', String(total), String(every)]
  const process_ = lab.node('client').spawn(argv)
  await process_.waitForLine(/ready/)
  return async () => {
    const line = await process_.waitForLine(/^\{/, 40_000)
    return JSON.parse(line) as Tally
  }
}

describe('a Herald that goes away', () => {
  it('by SIGKILL and comes back loses nothing: the router keeps its routes meanwhile (RFC 4724)', async () => {
    const first = await start('node1')
    await reached('node1')
    const tally = await traffic(10_000, 500)
    first.kill('SIGKILL')
    await until('FRR to keep stale routes', async () =>
      (await frr.vtysh('show bgp ipv4 unicast')).includes('S>'),
    )
    await start('node1')
    await until('the routes to be told again', async () => {
      const table = await frr.vtysh('show bgp ipv4 unicast')
      return table.includes(address) && !table.includes('S>')
    })
    expect(await tally()).toEqual({ sent: 10_000, lost: 0, opened: 1000, failed: 0 })
    expect(await nextHops()).toEqual([hops.node1])
  })

  it.each(names)(
    'by SIGTERM hands its traffic to the other node without a loss (RFC 8326): %s',
    async (backend) => {
      await Promise.all(nodes.map((name) => start(name, backend)))
      await reached('node1', 'node2')
      const tally = await traffic(10_000, 500)
      const stopped = heralds.get('node2')?.stop(15_000)
      await until('FRR to see the end coming', async () =>
        (await frr.vtysh(`show bgp ipv4 unicast ${address}/32`)).includes('graceful-shutdown'),
      )
      await reached('node1')
      await stopped
      expect(await tally()).toEqual({ sent: 10_000, lost: 0, opened: 1000, failed: 0 })
      // The session of a daemon beside Herald stays.
      expect((await frr.vtysh('show bgp neighbors 172.16.2.21')).replace(/\s+/g, ' ')).toMatch(
        backend === 'native-bgp' ? /Hard Reset|Shutdown/ : /state = Established.* dropped 0 /,
      )
    },
  )
})
