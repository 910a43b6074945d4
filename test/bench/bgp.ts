/*
 * How long from a new Service address to its route in the router's kernel: the three backends, and BIRD and gobgpd being
 * told the same in their own ways, by turns in the same run. Each has a node and a session of its own with one router.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'

import type { Target } from '#core/announcer.ts'
import { parsePrefix, type Prefix } from '#core/bgp/prefix.ts'
import {
  Bird,
  createLab,
  Frr,
  GoBgp,
  newRouter,
  until,
  type Lab,
  type LabSpec,
  type RouterKind,
} from '#lab/index.ts'
import { parseConfig } from '#plugins/gobgp/config.ts'
import { connectTo } from '#plugins/gobgp/io/grpc-client.ts'
import gobgp from '#plugins/gobgp/plugin.ts'

import { enterNamespace, peerResource, Speaker, target } from '../system/bgp-speaker.ts'
import { FrrSpeaker } from '../system/frr-speaker.ts'
import { PluginSpeaker } from '../system/plugin-speaker.ts'
import type { BenchResult } from './result.ts'
import { RouteWatch, summary } from './support/route-watch.ts'

const ROUNDS = 30
const WARM_UP = 3
const ROUTER_ASN = 65_000
const NODE_ASN = 65_001
const router = '192.0.2.1'

const contestants = ['native-bgp', 'frr', 'gobgp', 'bird', 'gobgpd'] as const
type Contestant = (typeof contestants)[number]

const addressOf = (name: Contestant): string => `192.0.2.${11 + contestants.indexOf(name)}`
const routeOf = (name: Contestant, round: number): string => `10.${contestants.indexOf(name)}.0.${round}`

const topology: LabSpec = {
  segments: { lan: {} },
  nodes: {
    router: { forwarding: true, interfaces: [{ segment: 'lan', addresses: [`${router}/24`] }] },
    ...Object.fromEntries(
      contestants.map((name) => [
        name,
        { interfaces: [{ segment: 'lan', addresses: [`${addressOf(name)}/24`] }] },
      ]),
    ),
  },
}

/** Announces one more address, or begins to. */
type Announce = (round: number) => void

export default async function bench(): Promise<BenchResult> {
  const rows = []
  for (const kind of ['frr', 'bird'] as const) rows.push(...(await measure(kind)))
  return { title: 'New Service to route in the router’s kernel', command: 'npm run bench -- bgp', rows }
}

async function measure(kind: RouterKind): Promise<BenchResult['rows']> {
  const lab = await createLab(topology)
  // Native code opens its sockets where this process is; the daemons are reached by unix sockets.
  const leave = enterNamespace(lab.node('native-bgp'))
  const closing: (() => Promise<void>)[] = []
  try {
    const neighbors = contestants.map((name) => ({ address: addressOf(name), asn: NODE_ASN, holdTime: 90 }))
    await newRouter(kind, lab.node('router'), { asn: ROUTER_ASN, routerId: router, neighbors }).start()
    const announce = await started(lab, closing)
    const times = await byTurns(await RouteWatch.on(lab.node('router')), announce)
    const anchor = `BIRD: ${summary(times.bird)}; gobgpd: ${summary(times.gobgpd)}`
    return (['native-bgp', 'frr', 'gobgp'] as const).map((name) => ({
      what: `${name}, router ${kind}, ${ROUNDS} addresses one by one`,
      value: summary(times[name]),
      anchor,
      aim: { 'native-bgp': 'median ≤ 1.1 × the faster one', frr: '≤ 150 ms', gobgp: '' }[name],
    }))
  } finally {
    for (const close of closing) await close()
    leave()
    await lab.dispose()
  }
}

async function byTurns(
  watch: RouteWatch,
  announce: Record<Contestant, Announce>,
): Promise<Record<Contestant, number[]>> {
  const times = Object.fromEntries(contestants.map((name) => [name, [] as number[]])) as Record<
    Contestant,
    number[]
  >
  for (let round = 0; round < ROUNDS + WARM_UP; round++) {
    for (const name of contestants) {
      const there = watch.next(routeOf(name, round), 'comes')
      const start = performance.now()
      announce[name](round)
      const time = (await there) - start
      if (round >= WARM_UP) times[name].push(time)
    }
  }
  watch.stop()
  return times
}

async function started(lab: Lab, closing: (() => Promise<void>)[]): Promise<Record<Contestant, Announce>> {
  const [native, ownFrr] = [new Speaker(), new Frr(lab.node('frr'), { config: '', daemons: ['bgpd'] })]
  const ownGoBgp = new GoBgp(lab.node('gobgp'), { config: '' })
  await Promise.all([native.open(), ownFrr.start(), ownGoBgp.start()])
  const byFrr = new FrrSpeaker(ownFrr)
  const byGoBgp = new PluginSpeaker(gobgp, { endpoint: `unix:${ownGoBgp.apiSocket}` })
  await byGoBgp.open()
  closing.push(
    () => native.close(),
    () => byFrr.close(),
    () => byGoBgp.close(),
  )
  return {
    'native-bgp': await herald('native-bgp', native),
    frr: await herald('frr', byFrr),
    gobgp: await herald('gobgp', byGoBgp),
    bird: await startBird(lab),
    gobgpd: await startGoBgp(lab, closing),
  }
}

interface Speaking {
  desire(wish: object): Promise<unknown>
  peer(name: string): { readonly state: string } | undefined
}

async function herald(name: Contestant, speaker: Speaking): Promise<Announce> {
  const spec = { myASN: NODE_ASN, peerASN: ROUTER_ASN, peerAddress: router, connectTime: '1s' }
  await speaker.desire({ peers: [peerResource('tor', spec)] })
  await until(`${name} to be established`, () => speaker.peer('tor')?.state === 'Established', {
    timeout: 20_000,
  })
  const targets: Target[] = []
  return (round) => {
    targets.push(target(routeOf(name, round)))
    void speaker.desire({ targets: [...targets] })
  }
}

/** Every route waits in a protocol of its own that is switched on over BIRD's socket. */
async function startBird(lab: Lab): Promise<Announce> {
  const statics = Array.from(
    { length: ROUNDS + WARM_UP },
    (_, i) => `protocol static s${i} { disabled; ipv4; route ${routeOf('bird', i)}/32 blackhole; }`,
  )
  const config = `router id ${addressOf('bird')}; protocol device {}
    ${statics.join('\n')}
    protocol bgp tor { local as ${NODE_ASN}; neighbor ${router} as ${ROUTER_ASN}; connect delay time 1;
      ipv4 { import none; export all; }; }\n`
  const bird = new Bird(lab.node('bird'), { config })
  await bird.start()
  await until('BIRD to be connected', async () =>
    (await bird.birdc('show protocols tor')).includes('Established'),
  )
  const control = await controlSocket(join(bird.directory, 'bird.ctl'))
  return (round) => void control.write(`enable s${round}\n`)
}

async function controlSocket(path: string): Promise<Socket> {
  const socket = connect(path)
  await once(socket, 'connect')
  socket.resume()
  return socket
}

/** gobgpd alone, told each path over its API. */
async function startGoBgp(lab: Lab, closing: (() => Promise<void>)[]): Promise<Announce> {
  const neighbors = [{ address: router, asn: ROUTER_ASN }]
  const config = { asn: NODE_ASN, routerId: addressOf('gobgpd'), neighbors }
  const daemon = new GoBgp(lab.node('gobgpd'), { config })
  await daemon.start()
  await until('gobgpd to be connected', async () =>
    JSON.stringify(await daemon.gobgp('neighbor')).includes('"session_state":6'),
  )
  const { signal } = new AbortController()
  const client = await connectTo(parseConfig({ endpoint: `unix:${daemon.apiSocket}` }))(signal)
  closing.push(async () => client.close())
  return (round) => {
    const key = `${routeOf('gobgpd', round)}/32`
    const path = { prefix: parsePrefix(key) as Prefix, key, mark: 1 }
    void client.sendPaths([path], 'put', signal)
  }
}
