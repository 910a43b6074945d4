/* What it costs a node that nothing happens. */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

import { run } from '#lab/command.ts'
import type { Contender } from './contender.ts'
import type { Segment } from './segment.ts'

const settle = 5000
const span = 20_000
/** Of the kernel's accounting, in ticks a second. */
const ticks = 100

/** The mean over the nodes, in words. */
export async function atRest(segment: Segment, contender: Contender): Promise<string> {
  await contender.start()
  await sleep(settle)
  const before = await tally(segment, contender)
  const began = performance.now()
  await sleep(span)
  const after = await tally(segment, contender)
  const share = 1000 / (performance.now() - began) / segment.names.length
  const cpu = ((after.cpu - before.cpu) / ticks) * share * 100
  const [sent, received] = [(after.sent - before.sent) * share, (after.received - before.received) * share]
  return `${cpu.toFixed(1)} % of a core, ${sent.toFixed(0)} packets/s sent, ${received.toFixed(0)} received`
}

async function tally(segment: Segment, contender: Contender) {
  const total = { cpu: 0, sent: 0, received: 0 }
  for (const name of segment.names) {
    total.cpu += contender.pids(name).reduce((sum, pid) => sum + ticksOf(pid), 0)
    const out = await run(['ip', '-s', '-j', '-n', segment.node(name).netns, 'link', 'show', 'eth0'])
    const [link] = JSON.parse(out) as { stats64: { tx: { packets: number }; rx: { packets: number } } }[]
    total.sent += link?.stats64.tx.packets ?? 0
    total.received += link?.stats64.rx.packets ?? 0
  }
  return total
}

/** User and system time of all its threads. */
function ticksOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return Number(fields[11]) + Number(fields[12])
}
