/*
 * npm run simulate: seeds by the thousand, spread over processes of the lowest priority.
 *
 *   --seeds N [--from S] [--processes P] [--state FILE]   runs them; a state file makes a run that goes on later: the
 *                                                          same command with --from to the same end, without it for N more
 *   --state FILE --report                                  prints what was run so far, as a table, and runs nothing
 *   --code TEXT                                            the commit, for the report
 *   --seed S [--bug NAME]                                  one seed: its trace, and a shrunk one when it fails
 *
 * Exit status 0: nothing found; 1: a seed failed; 2: usage.
 */
import { fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { availableParallelism, setPriority } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { messageOf } from '#core/errors.ts'

import { runBatch, type Batch } from './batch.ts'
import { bugs as catalogue, type Bug, type Bugs } from './bugs.ts'
import { begun, load, refusal, save, type Code, type Kept } from './kept.ts'
import { progressText, reportOf } from './report.ts'
import { scenarioOf, type Scenario } from './scenario.ts'
import { shrunk } from './shrink.ts'
import { simulate } from './simulation.ts'
import { merge, type Tally } from './tally.ts'

/** Most of what a seed allocates is dead with the seed: a larger nursery is emptied less often. */
const execArgv = ['--max-semi-space-size=64', '--single-threaded-gc']
const seedsPerBatch = 250
const lowest = 19
const sayEvery = 10_000

interface Job {
  readonly batch: Batch
  readonly bugs: readonly Bug[]
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
        report: { type: 'boolean', default: false },
        code: { type: 'string', default: 'unknown' },
        processes: { type: 'string' },
        bug: { type: 'string', multiple: true, default: [] },
      },
    })
    return values
  } catch (cause) {
    return usage(messageOf(cause))
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

/** Of this very bundle: a worker that judges otherwise would be another one. */
function codeOf(commit: string): Code {
  const text = readFileSync(fileURLToPath(import.meta.url))
  return { commit, digest: createHash('sha256').update(text).digest('hex').slice(0, 12) }
}

function read(file: string): Kept | undefined {
  try {
    return load(file)
  } catch (cause) {
    return usage(messageOf(cause))
  }
}

/** What goes on, or begins. */
function keptIn(file: string | undefined, code: Code, from: number | undefined): Kept {
  const kept = file === undefined ? undefined : read(file)
  if (file === undefined || kept === undefined) return begun(code, from ?? 1)
  const why = refusal(file, kept, { code, from })
  return why === undefined ? kept : usage(why)
}

function report(file: string | undefined): void {
  if (file === undefined) return usage('--report: found no --state, allowed: with the file of a run')
  const kept = read(file)
  if (kept === undefined) return usage(`--report: found no ${file}, allowed: the file of a run`)
  console.log(reportOf(kept))
}

/** Batches go out in order; the state only moves past what all processes have finished. */
async function run(
  kept: Kept,
  options: { end: number; processes: number; bugs: readonly Bug[]; file?: string },
) {
  const { end, processes, bugs, file } = options
  const first = kept.next
  let handedOut = first
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
    const { violations } = kept.tally
    const [soFar, all, ran] = [kept.next - kept.from, end - kept.from, kept.next - first]
    const progress = { done: soFar, all, ran, ms: said - began, violations: violations.length }
    console.error(`simulate: ${progressText(progress)}`)
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
  const wishes = flags()
  const { seed, state, processes } = wishes
  const planted = bugsFrom(wishes.bug)
  if (seed !== undefined) return explain(whole('seed', seed), new Set(planted))
  if (wishes.report) return report(state)
  const from = wishes.from === undefined ? undefined : whole('from', wishes.from)
  const kept = keptIn(state, codeOf(wishes.code), from)
  await run(kept, {
    end: (from ?? kept.next) + whole('seeds', wishes.seeds),
    processes: processes === undefined ? availableParallelism() : whole('processes', processes),
    bugs: planted,
    ...(state === undefined ? {} : { file: state }),
  })
  console.log(reportOf(kept))
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
