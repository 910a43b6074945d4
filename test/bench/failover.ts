/*
 * Failover as a client on the segment sees it, and keepalived on the same topology in the same run.
 *
 *   npm run bench:failover -- [--nodes 3,10] [--deaths 200] [--parts deaths,peers,rest,beats] [--heartbeat-interval 100ms]
 *                             [--heartbeat-timeout 500ms]     as herald's own, for more nodes than the processors can beat for
 *   npm run bench:failover -- --soak MINUTES [--labs 1]       each lab for so long, side by side
 */
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { measureBeats } from '../failover/beats.ts'
import { silentDeaths } from '../failover/deaths.ts'
import { Heralds } from '../failover/heralds.ts'
import { Keepalived } from '../failover/keepalived.ts'
import { atRest } from '../failover/rest.ts'
import { Segment } from '../failover/segment.ts'
import { soak, type Soaked } from '../failover/soak.ts'
import { summary } from '../failover/summary.ts'
import type { BenchResult } from './result.ts'

const herald = fileURLToPath(new URL('herald.js', import.meta.url))
const title = 'Failover of a silently dead node'

type Row = BenchResult['rows'][number]

export default async function bench(argv: readonly string[] = []): Promise<BenchResult> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      nodes: { type: 'string', default: '3,10' },
      deaths: { type: 'string', default: '200' },
      parts: { type: 'string', default: 'deaths,peers,rest,beats' },
      'heartbeat-interval': { type: 'string' },
      'heartbeat-timeout': { type: 'string' },
      soak: { type: 'string' },
      labs: { type: 'string', default: '1' },
    },
  })
  const command = `npm run bench:failover -- ${argv.join(' ')}`.trimEnd()
  if (values.soak !== undefined)
    return { title, command, rows: await soakRows(Number(values.soak), Number(values.labs)) }
  const parts = new Set(values.parts.split(','))
  const flags = (['heartbeat-interval', 'heartbeat-timeout'] as const).flatMap((name) =>
    values[name] === undefined ? [] : [`--${name}`, values[name]],
  )
  const rows: Row[] = []
  for (const nodes of values.nodes.split(',').map(Number)) {
    if (parts.has('deaths')) rows.push(...(await heraldRows(nodes, Number(values.deaths), flags)))
    if (parts.has('peers')) rows.push(...(await peerRows(nodes, Number(values.deaths))))
    if (parts.has('rest')) rows.push(await restRow(nodes, flags))
  }
  if (parts.has('beats')) rows.push(...(await beatRows()))
  return { title, command, rows }
}

async function withSegment<T>(nodes: number, body: (segment: Segment) => Promise<T>): Promise<T> {
  const segment = await Segment.make(nodes)
  try {
    return await body(segment)
  } finally {
    await segment.dispose()
  }
}

function heraldRows(nodes: number, deaths: number, flags: readonly string[]): Promise<Row[]> {
  return withSegment(nodes, async (segment) => {
    const { udp, arp } = await silentDeaths(segment, new Heralds(segment, herald, flags), deaths)
    const what = [`Herald, ${nodes} nodes, ${deaths} deaths`, ...flags].join(' ')
    const aim = nodes <= 10 ? 'p50 ≤ 350, p99 ≤ 500 ms' : 'p99 ≤ 1 s'
    return [
      { what: `${what}: next UDP answer`, value: summary(udp), aim },
      { what: `${what}: next ARP answer`, value: summary(arp), aim },
    ]
  })
}

/** Seconds each: fewer of them. */
async function peerRows(nodes: number, deaths: number): Promise<Row[]> {
  const rows: Row[] = []
  for (const { advertise, share } of [
    { advertise: 1, share: 0.1 },
    { advertise: 0.1, share: 0.3 },
  ]) {
    const count = Math.ceil(deaths * share)
    await withSegment(nodes, async (segment) => {
      const keepalived = new Keepalived(segment, { advertise })
      const { udp, arp } = await silentDeaths(segment, keepalived, count)
      const what = `${keepalived.name}, ${nodes} nodes, ${count} deaths`
      rows.push({ what: `${what}: next UDP answer`, value: summary(udp) })
      rows.push({ what: `${what}: next ARP answer`, value: summary(arp) })
    })
  }
  return rows
}

async function restRow(nodes: number, flags: readonly string[]): Promise<Row> {
  const ours = await withSegment(nodes, (segment) => atRest(segment, new Heralds(segment, herald, flags)))
  const peers = await withSegment(nodes, (segment) =>
    atRest(segment, new Keepalived(segment, { advertise: 0.1 })),
  )
  return {
    what: [`one node of ${nodes} at rest`, ...flags].join(' '),
    value: ours,
    anchor: `keepalived, each 100 ms: ${peers}`,
  }
}

function beatRows(): Promise<Row[]> {
  return withSegment(3, async (segment) => {
    const { idle, loaded } = await measureBeats(segment, new Heralds(segment, herald))
    return [
      {
        what: 'from one sign of life to the next (beats each 25 ms), main threads busy',
        value: summary(loaded),
        anchor: `idle: ${summary(idle)}`,
      },
    ]
  })
}

/** Labs side by side add up their time; what they take from each other makes it harder, never easier. */
async function soakRows(minutes: number, labs: number): Promise<Row[]> {
  const one = (lab: number): Promise<Soaked> =>
    withSegment(5, (segment) => {
      const tell = (line: string): void => console.log(`lab ${lab}: ${line}`)
      return soak(segment, new Heralds(segment, herald), { minutes, tell })
    })
  const found = await Promise.all(Array.from({ length: labs }, (_, index) => one(index + 1)))
  const sum = (of: (soaked: Soaked) => number): number => found.reduce((total, each) => total + of(each), 0)
  const moves = found.flatMap((each) => each.moves)
  const pauses = sum((each) => each.pauses)
  const longest = Math.max(...found.map((each) => each.longest))
  const where = labs === 1 ? '5 nodes' : `${labs} labs of 5 nodes side by side, each`
  const all = {
    what: `${where}, ${minutes} min, 2 % loss, ${pauses} pauses up to 250 ms`,
    value: `${moves.length} false moves in ${minutes * labs} min; longest time without an answer ${longest.toFixed(0)} ms`,
    aim: '0 false moves',
  }
  return [all, ...moves.map((value) => ({ what: 'a false move', value }))]
}
