/*
 * Whether memory that is given back holds up the poll-loop thread, where beats are sent and questions answered: the main
 * thread's heap is compacted while the other thread has a timer each 5 ms; then that thread's own heap is.
 *
 *   npm run bench -- compaction
 */
import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { later, milliseconds, since } from '#core/model/duration.ts'
import type { LoopContext, LoopProgram } from '#platform/linux/loop/program.ts'
import { PollLoop } from '#platform/linux/loop/poll-loop.ts'
import { isPollLoopWorker } from '#platform/linux/loop/protocol.ts'
import { runPollLoop } from '#platform/linux/loop/run.ts'
import { SpareMemory } from '#platform/linux/spare-memory.ts'
import type { BenchResult } from './result.ts'

const every = milliseconds(5)
const rounds = 40
/** In use, as with ten thousand Services: docs/performance.md. */
const megabytes = { main: 65, loop: 17 }
const aim = 'far below 80 ms, the silence that profile fast allows'

/** Says, when asked, how late each of its timers was since it was last asked; a number makes it use so many megabytes. */
const ticker: LoopProgram = {
  start(context: LoopContext): void {
    const { clock } = context
    const kept: unknown[] = []
    let lateness: number[] = []
    const tick = (): void => {
      const due = later(clock.now(), every)
      clock.after(every, () => {
        lateness.push(since(due, clock.now()))
        tick()
      })
    }
    context.onMessage((message) => {
      if (typeof message === 'number') kept[0] = objects(message)
      context.post(lateness)
      lateness = []
    })
    tick()
  },
}

const file = fileURLToPath(import.meta.url)

if (isPollLoopWorker()) await runPollLoop({ ticker: () => Promise.resolve({ default: ticker }) })
else if (process.argv[2] === 'measure') console.log(JSON.stringify(await measure()))

/** In a process of its own: a thread could not be started under the options of this one. */
export default function bench(): Promise<BenchResult> {
  const out = execFileSync(process.execPath, [file, 'measure'], { encoding: 'utf8' })
  const { main, busy, own } = JSON.parse(out) as Awaited<ReturnType<typeof measure>>
  return Promise.resolve({
    title: 'Memory that is given back, and the poll-loop thread',
    command: 'npm run bench -- compaction',
    rows: [
      {
        what: `timers of the poll-loop thread while the main thread compacts ${megabytes.main} MB, which takes it ${spread(main.took)}: late by`,
        value: spread(main.late),
        anchor: `while it computes for as long: ${spread(busy)}`,
        aim,
      },
      {
        what: `while the poll-loop thread compacts its own ${megabytes.loop} MB: late by`,
        value: spread(own),
        aim,
      },
    ],
  })
}

async function measure() {
  const loop = new PollLoop(file)
  const told: ((lateness: readonly number[]) => void)[] = []
  const channel = loop.start('ticker', undefined, {
    message: (lateness) => told.shift()?.(lateness as readonly number[]),
    closed: () => undefined,
  })
  const ask: Ask = (message) => {
    const answer = new Promise<readonly number[]>((resolve) => told.push(resolve))
    channel.post(message)
    return answer
  }
  await ask(megabytes.loop)
  const main = await compactMain(ask)
  const busy = await keepBusy(ask, main.took)
  const own = await compactLoop(ask, loop)
  await channel.close()
  return { main, busy, own }
}

type Ask = (message?: number) => Promise<readonly number[]>

async function compactMain(ask: Ask): Promise<{ took: readonly number[]; late: readonly number[] }> {
  const spare = new SpareMemory()
  const [took, late]: [number[], number[]] = [[], []]
  const kept: unknown[] = []
  for (let round = 0; round < rounds; round++) {
    kept[0] = objects(megabytes.main)
    await sleep(100)
    await ask()
    const began = performance.now()
    if (!spare.giveBack()) throw new Error('nothing was given back')
    took.push(performance.now() - began)
    late.push(...(await ask()))
  }
  return { took, late }
}

async function keepBusy(ask: Ask, spans: readonly number[]): Promise<readonly number[]> {
  const late: number[] = []
  for (const span of spans) {
    await sleep(100)
    await ask()
    for (const began = performance.now(); performance.now() - began < span;);
    late.push(...(await ask()))
  }
  return late
}

/** The worst of each time. */
async function compactLoop(ask: Ask, loop: PollLoop): Promise<readonly number[]> {
  const worst: number[] = []
  for (let round = 0; round < rounds; round++) {
    await ask(megabytes.loop)
    await sleep(50)
    await ask()
    loop.giveBackMemory(milliseconds(Infinity))
    await sleep(200)
    worst.push(Math.max(...(await ask())))
  }
  return worst
}

/** Small ones that refer to each other, as much as they take. */
function objects(megabytes: number): unknown {
  return Array.from({ length: megabytes * 5000 }, (_, index) => ({
    key: `namespace/service-${index}`,
    ports: [index, index + 1],
    next: { index },
  }))
}

function spread(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number): string => (sorted[Math.ceil(share * sorted.length) - 1] ?? 0).toFixed(1)
  return `p50 ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)} ms`
}
