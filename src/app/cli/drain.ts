/* herald drain and undrain: a node hands over what it announces, or takes part again. */
import { userInfo } from 'node:os'

import { Command } from 'commander'

import { planDrain, planReturn, type DrainPlan } from '#core/moves/drain.ts'
import type { PlannedMove } from '#core/moves/contests.ts'
import { counted, drainText, moveLines } from '#core/moves/text.ts'
import { drainOf } from '#core/moves/wishes.ts'
import type { Facts } from '#core/model/facts.ts'
import { few } from '#core/model/wording.ts'

import { carriedOut, type Work } from '../moves/carry-out.ts'
import type { MovePlace, Seen } from '../moves/place.ts'
import { processTerminal, type Terminal } from './inputs.ts'
import { addPlaceOptions, checkNode, timeoutOption, withPlace, type PlaceOptions } from './move-place.ts'
import { outputOption, paintFor, serialised, type OutputFormat } from './output.ts'
import type { ExitStatus } from './plan.ts'
import { sayWhy } from './source.ts'

interface Flags extends PlaceOptions {
  readonly dryRun: boolean
  readonly undo: boolean
  readonly reason?: string
  readonly timeout: number
  readonly output: OutputFormat
}

const epilogue = `
The node goes on answering for each address until another one does: datagrams and new connections lose nothing, established
TCP connections through the node do. What no other node may announce stays. The node takes nothing on again, after a restart
either, until herald undrain NODE.

0: done, or nothing to do; 1: something stays, or was not moved in time; 2: it could not be asked for.`

export function drainCommand(terminal: Terminal = processTerminal()): Command {
  const command = new Command('drain')
    .description('hand over to other nodes what a node announces, without a gap, and keep it empty')
    .argument('<node>', 'the Node')
    .argument('[dir]', 'folder that herald standalone runs on; the cluster when absent')
    .option('--dry-run', 'print the plan, move nothing', false)
    .option('--undo', 'the same as herald undrain NODE', false)
    .option('--reason <text>', 'kept with the drain, for whoever finds the node empty')
    .addOption(timeoutOption())
    .addOption(outputOption())
    .addHelpText('after', epilogue)
  return addPlaceOptions(command).action(async (node: string, folder: string | undefined, flags: Flags) => {
    const task = flags.undo ? undrain : drain
    process.exitCode = await onPlace({ command, terminal, folder, flags, node }, task)
  })
}

export function undrainCommand(terminal: Terminal = processTerminal()): Command {
  const command = new Command('undrain')
    .description('let a drained node take part again')
    .argument('<node>', 'the Node')
    .argument('[dir]', 'folder that herald standalone runs on; the cluster when absent')
    .option('--dry-run', 'print what would come back, move nothing', false)
    .addOption(timeoutOption())
    .addOption(outputOption())
  return addPlaceOptions(command).action(async (node: string, folder: string | undefined, flags: Flags) => {
    process.exitCode = await onPlace({ command, terminal, folder, flags, node }, undrain)
  })
}

interface Call {
  readonly command: Command
  readonly terminal: Terminal
  readonly folder: string | undefined
  readonly flags: Flags
  readonly node: string
}

type Task = (call: Call, place: MovePlace, seen: Seen) => Promise<ExitStatus>

async function onPlace(call: Call, task: Task): Promise<ExitStatus> {
  const { command, terminal, folder, flags, node } = call
  const status = await withPlace(folder, flags, command, async (place) => {
    const seen = await place.read()
    checkNode(seen.facts, node)
    return task(call, place, seen)
  }).catch(sayWhy(command.name(), terminal))
  return status ?? 2
}

async function drain(call: Call, place: MovePlace, { facts, serving }: Seen): Promise<ExitStatus> {
  const { terminal, flags, node } = call
  const whole = planDrain(facts, node)
  const isHere = ({ addresses }: Pick<PlannedMove, 'addresses'>): boolean =>
    addresses.some((address) => serving.get(address)?.has(node) ?? false)
  const plan: DrainPlan = { ...whole, moves: whole.moves.filter(isHere) }
  terminal.out(planned(node, plan, flags, terminal))
  if (flags.dryRun) return plan.stranded.length === 0 ? 0 : 1
  await place.drain(node, whyOf(flags, facts, node))
  const { stranded } = plan
  if (stranded.length === 0) return finish(call, place, plan, { text: 'is empty', status: 0 })
  const addresses = few(stranded.flatMap((one) => one.addresses))
  return finish(call, place, plan, {
    text: `goes on announcing ${addresses}`,
    status: 1,
  })
}

async function undrain(call: Call, place: MovePlace, { facts }: Seen): Promise<ExitStatus> {
  const { terminal, flags, node } = call
  const moves = planReturn(facts, node)
  if (flags.output === 'text') {
    const back =
      moves.length === 0 ? 'nothing comes back to it now' : `${counted(moves.length, 'move')} back to it`
    terminal.out(`${[`${node}: ${back}`, ...moveLines(moves)].join('\n')}\n`)
  } else terminal.out(serialised({ ...identity('UndrainPlan'), node, moves }, flags.output))
  if (flags.dryRun) return 0
  await place.drain(node, undefined)
  return finish(call, place, { moves }, { text: 'takes part again', status: 0 })
}

function planned(node: string, plan: DrainPlan, { output }: Flags, terminal: Terminal): string {
  if (output === 'text') return drainText(node, plan, paintFor(terminal))
  return serialised({ ...identity('DrainPlan'), node, ...plan }, output)
}

function identity(kind: string): {
  readonly apiVersion: string
  readonly kind: string
} {
  return { apiVersion: 'heraldlb.io/v1alpha1', kind }
}

/** A reason that stands already stays unless there is a new one. */
function whyOf({ reason }: Flags, { nodes }: Facts, node: string): string {
  const present = nodes?.find(({ metadata }) => metadata.name === node)
  return reason ?? (present && drainOf(present.metadata)) ?? `herald drain by ${userInfo().username}`
}

async function finish(
  { terminal, flags, node }: Call,
  place: MovePlace,
  work: Work,
  done: { readonly text: string; readonly status: ExitStatus },
): Promise<ExitStatus> {
  // A document for programs stays the only thing on standard output.
  const say = (text: string): void => terminal[flags.output === 'text' ? 'out' : 'err'](`${text}\n`)
  const left = await carriedOut(work, { place, timeout: flags.timeout, say })
  if (left.length > 0) {
    say(`${node}: not done in time, and still asked for: ${few(left)}`)
    return 1
  }
  say(`${node} ${done.text}`)
  return done.status
}
