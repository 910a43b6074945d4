/*
 * npm run simulate: seeds by the thousand, spread over processes of the lowest priority.
 *
 *   --seeds N [--from S] [--processes P] [--state FILE]   runs them; a state file makes a run that goes on later
 *   --code TEXT                                            what is run; a state file belongs to one such
 *   --seed S [--bug NAME]                                  one seed: its trace, and a shrunk one when it fails
 *
 * Exit status 0: nothing found; 1: a seed failed; 2: usage.
 */
import { fork } from 'node:child_process'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { availableParallelism, setPriority } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { runBatch, type Batch } from './batch.ts'
import { bugs as catalogue, type Bug, type Bugs } from './bugs.ts'
import { scenarioOf, type Scenario } from './scenario.ts'
import { shrunk } from './shrink.ts'
import { simulate } from './simulation.ts'
import { emptyTally, merge, tallyText, type Tally } from './tally.ts'

/** Most of what a seed allocates is dead with the seed: a larger nursery is emptied less often. */
const execArgv = ['--max-semi-space-size=64', '--single-threaded-gc']
const seedsPerBatch = 250
const lowest = 19
const sayEvery = 10_000

interface Job {
  readonly batch: Batch
  readonly bugs: readonly Bug[]
}

interface Kept {
  /** What ran the seeds so far. */
  readonly code: string
  /** The first seed that was not run yet. */
  next: number
  tally: Tally
}

function usage(message: string): never {
  console.error(`simulate: ${message}`)
  process.exit(2)
}

function flags() {
  try {
    const { values } = parseArgs({
      options: {
        seeds: { type: 'string', default: '1000' },
        from: { type: 'string' },
        seed: { type: 'string' },
        state: { type: 'string' },
        code: { type: 'string', default: 'unknown' },
        processes: { type: 'string' },
        bug: { type: 'string', multiple: true, default: [] },
      },
    })
    return values
  } catch (cause) {
    return usage(cause instanceof Error ? cause.message : String(cause))
  }
}

function whole(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1)
    usage(`--${name}: found ${text}, allowed: a whole number from 1`)
  return value
}

function bugsFrom(names: readonly string[]): Bug[] {
  return names.map((name) => {
    if (!(name in catalogue)) usage(`--bug: found ${name}, allowed: ${Object.keys(catalogue).join(', ')}`)
    return name as Bug
  })
}

/** Prints what happens, event by event. */
function replay(scenario: Scenario, bugs: Bugs): ReturnType<typeof simulate> {
  console.log(JSON.stringify(scenario))
  const outcome = simulate(scenario, bugs, (line) => console.log(line))
  const { violation, virtualMs } = outcome
  console.log(violation ? `${violation.rule}: ${violation.what}` : `holds, for ${Math.round(virtualMs)} ms`)
  return outcome
}

function explain(seed: number, bugs: Bugs): void {
  const { violation } = replay(scenarioOf(seed), bugs)
  if (violation === undefined) return
  console.log('\nThe smallest scenario found that breaks the same rule:')
  replay(shrunk(scenarioOf(seed), violation.rule, bugs), bugs)
}

function load(file: string | undefined, from: number | undefined, code: string): Kept {
  const fresh = { code, next: from ?? 1, tally: emptyTally() }
  if (file === undefined || !existsSync(file)) return fresh
  const kept = JSON.parse(readFileSync(file, 'utf8')) as Kept
  if (kept.code !== code)
    usage(
      `--state: ${file} holds seeds that ${kept.code} ran, allowed: the same code (this is ${code}), or another file`,
    )
  return from === undefined ? kept : { ...kept, next: from }
}

function save(file: string, kept: Kept): void {
  writeFileSync(`${file}.new`, JSON.stringify(kept))
  renameSync(`${file}.new`, file)
}

/** Batches go out in order; the state only moves past what all processes have finished. */
async function run(
  kept: Kept,
  options: { seeds: number; processes: number; bugs: readonly Bug[]; file?: string },
) {
  const { seeds, processes, bugs, file } = options
  const end = kept.next + seeds
  let handedOut = kept.next
  const before = kept.tally.ms
  const began = Date.now()
  let said = began
  const done = new Map<number, Tally>()
  const sizes = new Map<number, number>()
  const take = (): Job | undefined => {
    if (handedOut >= end) return undefined
    const batch = { from: handedOut, seeds: Math.min(seedsPerBatch, end - handedOut) }
    handedOut += batch.seeds
    sizes.set(batch.from, batch.seeds)
    return { batch, bugs }
  }
  const finished = (from: number, tally: Tally): void => {
    done.set(from, tally)
    for (let part = done.get(kept.next); part !== undefined; part = done.get(kept.next)) {
      done.delete(kept.next)
      merge(kept.tally, part)
      kept.next += sizes.get(kept.next) ?? 0
    }
    kept.tally.ms = before + Date.now() - began
    if (file !== undefined) save(file, kept)
    if (Date.now() - said < sayEvery) return
    said = Date.now()
    console.error(`simulate: up to seed ${kept.next - 1}, ${kept.tally.violations.length} violations`)
  }
  await Promise.all(Array.from({ length: processes }, () => work(take, finished)))
}

function work(take: () => Job | undefined, finished: (from: number, tally: Tally) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), ['--worker'], { execArgv })
    let job = take()
    child.on('message', (tally) => {
      if (job !== undefined) finished(job.batch.from, tally as Tally)
      job = take()
      if (job === undefined) child.disconnect()
      else child.send(job)
    })
    child.on('exit', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`a process ended with ${code} in the batch from seed ${job?.batch.from}`))
    })
    if (job === undefined) child.disconnect()
    else child.send(job)
  })
}

async function main(): Promise<void> {
  const { seeds, from, seed, state, code, processes, bug } = flags()
  const planted = bugsFrom(bug)
  if (seed !== undefined) return explain(whole('seed', seed), new Set(planted))
  const kept = load(state, from === undefined ? undefined : whole('from', from), code)
  await run(kept, {
    seeds: whole('seeds', seeds),
    processes: processes === undefined ? availableParallelism() : whole('processes', processes),
    bugs: planted,
    ...(state === undefined ? {} : { file: state }),
  })
  console.log(`code: ${code}\n${tallyText(kept.tally)}`)
  const [first] = kept.tally.violations
  if (first === undefined) return
  process.exitCode = 1
  explain(first.seed, new Set(planted))
}

if (process.argv.includes('--worker')) {
  setPriority(lowest)
  process.on('message', ({ batch, bugs }: Job) => process.send?.(runBatch(batch, new Set(bugs))))
} else {
  await main()
}
