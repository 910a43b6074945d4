/* herald plan: every decision on manifests or a cluster, before anything touches a network; and what a change would change. */
import { Command } from 'commander'

import { addDecisionOptions, addPluginOptions } from './decision-options.ts'
import { decideInput, processTerminal, type Input, type Terminal } from './inputs.ts'
import { outputOption, paintFor, serialised, type OutputFormat } from './output.ts'
import { addClusterOptions, readSource, sayWhy, type SourceOptions } from './source.ts'
import { oneOf } from '#core/model/wording.ts'
import { changesText } from '#core/plan/changes-text.ts'
import { changesBetween, newProblems } from '#core/plan/changes.ts'
import { planDocument } from '#core/plan/document.ts'
import { planText } from '#core/plan/text.ts'
import { following } from '#core/plan/what-if.ts'
import { without } from '#core/plan/without.ts'
import { namedNodes } from '#core/selection/node-view.ts'

export interface PlanOptions extends SourceOptions {
  readonly output: OutputFormat
  readonly down: readonly string[]
  readonly without: readonly string[]
  readonly then: readonly string[]
}

/** The exit status: no problems, problems in the input, or a command line that makes no sense. */
export type ExitStatus = 0 | 1 | 2

const collect = (value: string, before: readonly string[]): string[] => [...before, value]

export function planCommand(terminal: Terminal = processTerminal()): Command {
  const command = new Command('plan')
    .description(
      'print every decision on a cluster, or on manifests: who gets which address, who announces it, and why not',
    )
    .option(
      '-f, --filename <path...>',
      'file, folder, or - for standard input, instead of the cluster; repeatable',
    )
    .addOption(outputOption())
    .option('--down <node>', 'what if this node is dead; repeatable', collect, [])
    .option(
      '--without <object>',
      'what if this object is removed, as in "Node node-a"; repeatable',
      collect,
      [],
    )
    .option('--then <path>', 'what if the manifests were these instead; repeatable', collect, [])
  return addPluginOptions(addDecisionOptions(addClusterOptions(command))).action(
    async (options: PlanOptions) => {
      process.exitCode = await plan(options, command, terminal)
    },
  )
}

async function plan(options: PlanOptions, command: Command, terminal: Terminal): Promise<ExitStatus> {
  const before = await readSource(options, command, terminal).catch(sayWhy('plan', terminal))
  if (before === undefined) return 2
  const next = { ...options, filename: options.then }
  const then = options.then.length === 0 ? before : await readSource(next, command, terminal)
  const after = changed(then, options)
  if ('fault' in after) {
    terminal.err(`herald plan: ${after.fault}\n`)
    return 2
  }
  return options.down.length + options.without.length + options.then.length === 0
    ? printPlan(before, options, terminal)
    : printChanges(before, after, { options, terminal })
}

function printPlan(input: Input, { output }: PlanOptions, terminal: Terminal): ExitStatus {
  const document = planDocument(decideInput(input))
  terminal.out(output === 'text' ? planText(document, paintFor(terminal)) : serialised(document, output))
  return document.problems.length === 0 ? 0 : 1
}

/** Programs get the whole plan that would be, with its changes; people only the changes and the faults they bring. */
function printChanges(
  before: Input,
  after: Input,
  { options: { output }, terminal }: { readonly options: PlanOptions; readonly terminal: Terminal },
): ExitStatus {
  const decided = decideInput(before)
  const present = planDocument(decided)
  const document = planDocument(decideInput({ ...after, facts: following(after.facts, decided) }))
  const changes = changesBetween(present, document)
  const problems = newProblems(present, document)
  const text = (): string => changesText({ changes, problems }, paintFor(terminal))
  terminal.out(output === 'text' ? text() : serialised({ ...document, changes }, output))
  return document.problems.length === 0 ? 0 : 1
}

function changed(input: Input, options: PlanOptions): Input | { readonly fault: string } {
  let { facts } = input
  for (const object of options.without) {
    const result = without(facts, object)
    if ('fault' in result) return result
    facts = result.facts
  }
  const known = facts.nodes?.map(({ metadata }) => metadata.name) ?? namedNodes(facts)
  const stranger = options.down.find((node) => !known.includes(node))
  if (stranger !== undefined) return { fault: `--down ${stranger}: no such node; there are ${oneOf(known)}` }
  return { ...input, facts: { ...facts, dead: new Set(options.down) } }
}
