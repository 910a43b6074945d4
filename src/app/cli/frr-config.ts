/* herald frr-config: what one node's FRR would be told, as a file, for people who manage FRR themselves. */
import { Command } from 'commander'

import { builtInAnnouncers } from '../announcer-infos.ts'
import { loadManifests } from '../manifests/load.ts'
import { secretFrom } from '../node/secrets.ts'
import {
  addDecisionOptions,
  addPluginOptions,
  settingsFrom,
  type DecisionOptions,
} from './decision-options.ts'
import { decideInput, inputOf, processTerminal, type Input, type Terminal } from './inputs.ts'
import type { ExitStatus } from './plan.ts'
import { configOf } from '#core/decide.ts'
import { desiredFor } from '#core/desired.ts'
import { oneOf } from '#core/model/wording.ts'
import { hostnameLabel } from '#core/selection/node-view.ts'
import { parseConfig } from '#plugins/frr/config.ts'
import { frrFile } from '#plugins/frr/file.ts'
import { PeerBook } from '#plugins/frr/peer-book.ts'
import frr from '#plugins/frr/plugin.ts'

export interface FrrConfigOptions extends DecisionOptions {
  readonly filename: readonly string[]
  readonly node: string
}

export function frrConfigCommand(terminal: Terminal = processTerminal()): Command {
  const command = new Command('frr-config')
    .description("print one node's frr.conf, for people who manage FRR themselves; it holds the passwords")
    .requiredOption('-f, --filename <path...>', 'file, folder, or - for standard input; repeatable')
    .requiredOption('--node <name>', 'the node whose FRR it is for')
  return addPluginOptions(addDecisionOptions(command))
    .setOptionValueWithSource('bgpBackend', frr.name, 'default')
    .action(async (options: FrrConfigOptions) => {
      process.exitCode = await printFrrConfig(options, terminal)
    })
}

/** 1: the input has problems, or a peer is not in the file; they are on standard error. */
async function printFrrConfig(options: FrrConfigOptions, terminal: Terminal): Promise<ExitStatus> {
  const settings = settingsFrom(options, options.announcers ?? builtInAnnouncers)
  const { node } = options
  const set = await loadManifests(options.filename, { namespace: settings.namespace, stdin: terminal.stdin })
  const input = withNode(inputOf(set, settings), node)
  const { facts } = input
  const known = facts.nodes?.map(({ metadata }) => metadata.name) ?? []
  if (!known.includes(node)) {
    terminal.err(`herald frr-config: --node ${node}: no such node; there are ${oneOf(known)}\n`)
    return 2
  }
  const { config } = configOf(facts)
  const decisions = decideInput(input)
  const desired = desiredFor(decisions, facts, { node, announcer: frr.name, config })
  const sources = { set, inline: config.inlineSecrets, namespace: settings.namespace }
  const book = new PeerBook({ secret: (ref) => secretFrom(sources, ref) })
  const { signal } = new AbortController()
  const { text, troubles } = await frrFile(desired, parseConfig({}).belt, book, signal)
  terminal.out(text)
  for (const { object, field, message } of decisions.problems) {
    terminal.err(`${object}: ${field === undefined ? '' : `${field}: `}${message}\n`)
  }
  for (const [peer, { message }] of troubles) terminal.err(`BGPPeer ${peer}: left out: ${message}\n`)
  return decisions.problems.length + troubles.size === 0 ? 0 : 1
}

/** Manifests as people keep them have no Nodes: the one that is asked for is assumed. */
function withNode(input: Input, name: string): Input {
  if (input.facts.nodes !== undefined) return input
  const metadata = { name, labels: { [hostnameLabel]: name } }
  return { ...input, facts: { ...input.facts, nodes: [{ apiVersion: 'v1', kind: 'Node', metadata }] } }
}
