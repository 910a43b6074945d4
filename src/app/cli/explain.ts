/* herald explain: the way of one Service from its request to the network, and what stops it. */
import { Command } from 'commander'

import { addDecisionOptions, addPluginOptions } from './decision-options.ts'
import { decideInput, processTerminal, type Terminal } from './inputs.ts'
import { outputOption, paintFor, serialised, type OutputFormat } from './output.ts'
import type { ExitStatus } from './plan.ts'
import { serviceName } from './service-name.ts'
import { addClusterOptions, readSource, sayWhy, type SourceOptions } from './source.ts'
import { explain } from '#core/explain/explanation.ts'
import { explanationText } from '#core/explain/text.ts'
import { nameOf } from '#core/model/objects.ts'
import { didYouMean } from '#core/model/wording.ts'
import { fullDetail } from '#core/selection/detail.ts'

export interface ExplainOptions extends SourceOptions {
  readonly output: OutputFormat
}

export function explainCommand(terminal: Terminal = processTerminal()): Command {
  const command = new Command('explain')
    .description('walk through the decisions on one Service: request, pool, address, nodes, announcer')
    .argument('[service]', 'svc/NAMESPACE/NAME')
    .option(
      '-f, --filename <path...>',
      'file, folder, or - for standard input, instead of the cluster; repeatable',
    )
    .addOption(outputOption())
  return addPluginOptions(addDecisionOptions(addClusterOptions(command))).action(
    async (argument: string | undefined, options: ExplainOptions) => {
      const { service, ...asked } = serviceAmong(argument, options)
      if (service === undefined)
        return command.error("error: missing required argument 'service': svc/NAMESPACE/NAME")
      process.exitCode = await explainService(service, asked, { command, terminal })
    },
  )
}

/** In `-f DIR FILE svc/web` the parser takes the last word for one more path. */
function serviceAmong(
  argument: string | undefined,
  options: ExplainOptions,
): ExplainOptions & { readonly service: string | undefined } {
  const { filename = [] } = options
  if (argument !== undefined || filename.length < 2) return { ...options, service: argument }
  return { ...options, filename: filename.slice(0, -1), service: filename.at(-1) }
}

/** 0: the Service has an address and somebody announces it; 1: it has none, or nobody does. */
async function explainService(
  service: string,
  options: ExplainOptions,
  { command, terminal }: { readonly command: Command; readonly terminal: Terminal },
): Promise<ExitStatus> {
  const input = await readSource(options, command, terminal).catch(sayWhy('explain', terminal))
  if (input === undefined) return 2
  const name = serviceName(service)
  const explanation =
    name === undefined ? undefined : explain(input.facts, decideInput(input, fullDetail), name)
  if (explanation === undefined) {
    const known = input.facts.services.map((found) => `svc/${nameOf(found)}`)
    terminal.err(`herald explain: no Service ${service} in the input${didYouMean(service, known)}\n`)
    return 2
  }
  const { output } = options
  terminal.out(
    output === 'text' ? explanationText(explanation, paintFor(terminal)) : serialised(explanation, output),
  )
  return explanation.cause === undefined ? 0 : 1
}
