/*
 * npm run demo: the walk-through of docs/walk-through.md, on real packets, in namespaces of its own; npm run
 * demo:cluster: the same in a Kubernetes cluster.
 */
import { join, relative } from 'node:path'

import { messageOf } from '#core/errors.ts'

import { clusterPrograms, labRequirements, rerunAsRoot, sweepStaleLabs } from '../index.ts'
import { bgpChapter } from './chapters/bgp.ts'
import { l2Chapter } from './chapters/l2.ts'
import { requestsChapter } from './chapters/requests.ts'
import { showDecisions } from './decisions.ts'
import { bgpChapter as clusterBgpChapter } from './kubernetes/bgp.ts'
import { l2Chapter as clusterL2Chapter } from './kubernetes/l2.ts'
import { outageChapter } from './kubernetes/outage.ts'
import { runProbe } from './probe.ts'
import { projectRoot } from './project.ts'
import { Screen, StepFailed } from './screen.ts'
import { Stage } from './stage.ts'

/** What the lab needs for every chapter. */
const needs = ['nft', 'curl', 'frr'] as const

type Act = (stage: Stage) => Promise<void>

interface Play {
  readonly title: string
  readonly transcript: string
  readonly acts: readonly Act[]
}

const plays = {
  folder: {
    title: 'Herald: the walk-through, on real packets',
    transcript: 'dist/demo-transcript.txt',
    acts: [async (stage) => requestsChapter(stage, await l2Chapter(stage)), bgpChapter],
  },
  cluster: {
    title: 'Herald: the walk-through, in a Kubernetes cluster',
    transcript: 'dist/demo-cluster-transcript.txt',
    acts: [async (stage) => outageChapter(stage, await clusterL2Chapter(stage)), clusterBgpChapter],
  },
} as const satisfies Record<string, Play>

async function main(name: keyof typeof plays): Promise<number> {
  const { title, transcript, acts } = plays[name]
  const screen = new Screen({
    transcript: join(projectRoot, transcript),
    colour: process.stdout.isTTY && process.env['NO_COLOR'] === undefined,
  })
  screen.title(title)
  const requirements = await labRequirements(needs)
  if (!requirements.ok) return showDecisions(screen, requirements)
  const programs = name === 'cluster' ? await clusterPrograms() : undefined
  if (programs?.ok === false) {
    screen.failed(`  ✗ ${programs.what} is missing: ${programs.remedy}`)
    return 3
  }
  const started = performance.now()
  const stage = new Stage(screen)
  const interrupted = onInterrupt(() => stage.close())
  try {
    await play(screen, stage, acts)
  } finally {
    await stage.close()
    interrupted.forget()
  }
  return summary(screen, (performance.now() - started) / 1000)
}

/** A chapter whose step failed ends there; the next one has a lab of its own and goes on. */
async function play(screen: Screen, stage: Stage, acts: readonly Act[]): Promise<void> {
  for (const act of acts) {
    try {
      await act(stage)
    } catch (error) {
      if (!(error instanceof StepFailed)) screen.failed(`  ✗ ${messageOf(error)}`)
      if (!(error instanceof StepFailed))
        screen.results.push({ chapter: '', step: 'setting the stage', held: false, seconds: 0 })
    }
    await stage.strike()
  }
}

function summary(screen: Screen, seconds: number): number {
  const failed = screen.results.filter(({ held }) => !held)
  screen.chapter('∎', 'Summary')
  for (const { chapter, step, held } of screen.results)
    screen.plain(`  ${held ? '✓' : '✗'} ${chapter}  ${step}`)
  screen.plain('')
  screen.plain(
    `  ${screen.results.length - failed.length} of ${screen.results.length} steps held, in ${seconds.toFixed(0)} s.`,
  )
  screen.plain(`  The same, plain: ${relative(process.cwd(), screen.transcript)}`)
  return failed.length === 0 && screen.results.length > 0 ? 0 : 1
}

/** Ctrl-C ends the demo in order: the first clears the stage, the second does not wait for that. */
function onInterrupt(clear: () => Promise<void>): { forget(): void } {
  let before = false
  const stop = (signal: NodeJS.Signals): void => {
    if (before) process.exit(130)
    before = true
    process.stderr.write(`\n${signal}: clearing up …\n`)
    void clear().finally(() => process.exit(130))
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  return {
    forget() {
      process.off('SIGINT', stop)
      process.off('SIGTERM', stop)
    },
  }
}

if (process.argv[2] === 'probe') {
  runProbe(process.argv.slice(3))
} else {
  sweepStaleLabs()
  // Without root the same program runs once more as root of a user namespace, where the machine allows it.
  process.exitCode =
    (await rerunAsRoot()) ?? (await main(process.argv[2] === 'cluster' ? 'cluster' : 'folder'))
}
