/* From the paths on the command line to the facts of a decision. */
import type { Readable } from 'node:stream'

import { factsOf } from '../manifests/facts.ts'
import { loadManifests } from '../manifests/load.ts'
import type { ManifestSet } from '../manifests/merge.ts'
import type { AwaitingServices } from '#core/awaiting-probe.ts'
import { decide } from '#core/decide.ts'
import { compareProblems, type Decisions, type Problem } from '#core/model/decisions.ts'
import type { Facts, Settings } from '#core/model/facts.ts'
import { faultsOfRemains } from '#core/remains.ts'
import type { Detail } from '#core/selection/detail.ts'

/** What a command reads from and writes to: the process's own streams, or a test's. */
export interface Terminal {
  readonly stdin: Readable
  /** Colour and the like: only when people look. */
  readonly isTTY: boolean
  out(text: string): void
  err(text: string): void
}

export function processTerminal(): Terminal {
  return {
    stdin: process.stdin,
    isTTY: process.stdout.isTTY && process.env['NO_COLOR'] === undefined,
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
  }
}

export interface Input {
  readonly facts: Facts
  /** Faults found while reading. */
  readonly problems: readonly Problem[]
  /** Of a cluster: what is asked about before it is handed out; absent: nothing. */
  readonly pending?: AwaitingServices
}

export async function readInput(
  paths: readonly string[],
  settings: Settings,
  terminal: Terminal,
): Promise<Input> {
  const { namespace } = settings
  return inputOf(await loadManifests(paths, { namespace, stdin: terminal.stdin }), settings)
}

export function inputOf(manifests: ManifestSet, settings: Settings): Input {
  const facts = factsOf(manifests, settings)
  const problems = manifests.problems.map(({ object, field, reason, message }) => ({
    object,
    field,
    reason,
    message,
  }))
  return { facts, problems: [...problems, ...faultsOfRemains(facts, manifests.remains)] }
}

/** The decisions, with the faults that were found while reading among the problems; rankings for who shows them. */
export function decideInput(
  { facts, problems, pending }: Input,
  detail: Detail = { rankings: false },
): Decisions {
  const decisions = decide(facts, detail, pending)
  return { ...decisions, problems: [...problems, ...decisions.problems].sort(compareProblems) }
}
