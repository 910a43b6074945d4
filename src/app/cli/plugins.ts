/* herald plugins: which announcers there are, what they are, and how they fare. */
import { join, resolve } from 'node:path'

import { Command } from 'commander'

import { messageOf } from '#core/errors.ts'

import { readPluginConfigs, loadPlugins } from '../load-plugins.ts'
import { readViews } from '../node/view/view-file.ts'
import { ThirdPartyEntry, type PluginEntries } from '../plugin-entries.ts'
import { textOf } from '../plugin-host/source.ts'
import { version } from '../version.ts'
import { processTerminal, type Terminal } from './inputs.ts'
import { outputOption, serialised, type OutputFormat } from './output.ts'
import type { ExitStatus } from './plan.ts'
import { pluginsNewCommand } from './plugins-new.ts'
import { pluginsTestCommand } from './plugins-test.ts'
import { pluginsText, type PluginHealth, type PluginRow } from './plugins-text.ts'

interface Flags {
  readonly config?: string
  readonly folder?: string
  readonly state?: string
  readonly output: OutputFormat
}

/** A plugin that the configuration names and that does not load. */
export interface PluginFault {
  readonly name: string
  readonly message: string
}

const epilogue = `
Examples:
  herald plugins
  herald plugins --config herald.yaml --folder ./lb
  herald plugins new my-plugin && herald plugins test ./my-plugin`

export function pluginsCommand(terminal: Terminal = processTerminal()): Command {
  return new Command('plugins')
    .description('list the announcers: what each is, its options, and how it fares')
    .option('--config <file>', 'YAML file that names plugins, as for herald standalone')
    .option('--folder <dir>', 'folder that herald standalone runs on: also show how each plugin fares there')
    .option('--state <dir>', 'its state folder (default: DIR/.herald)')
    .addOption(outputOption())
    .addCommand(pluginsTestCommand(terminal))
    .addCommand(pluginsNewCommand(terminal))
    .addHelpText('after', epilogue)
    .action(async (flags: Flags) => {
      process.exitCode = await listPlugins(flags, terminal)
    })
}

/** 0: all load, and none is unhealthy; 1: one does not or is; 2: the configuration makes no sense. */
async function listPlugins(
  { config, folder, state, output }: Flags,
  terminal: Terminal,
): Promise<ExitStatus> {
  let entries: PluginEntries
  try {
    entries = config === undefined ? {} : await readPluginConfigs(config)
  } catch (cause) {
    terminal.err(`herald plugins: --config: ${messageOf(cause)}\n`)
    return 2
  }
  const stateFolder = state ?? (folder === undefined ? undefined : join(folder, '.herald'))
  const health =
    stateFolder === undefined ? new Map<string, PluginHealth[]>() : await healthIn(resolve(stateFolder))
  const { rows, faults } = await load(entries, health)
  const document = { apiVersion: 'heraldlb.io/v1alpha1', kind: 'PluginList', plugins: rows, faults }
  terminal.out(output === 'text' ? pluginsText(rows) : serialised(document, output))
  for (const { message } of faults) terminal.err(`herald plugins: ${message}\n`)
  return faults.length === 0 && rows.every(({ health }) => health.every(({ healthy }) => healthy)) ? 0 : 1
}

/** Each by itself, so that one that fails hides no other. */
async function load(
  entries: PluginEntries,
  health: ReadonlyMap<string, readonly PluginHealth[]>,
): Promise<{ readonly rows: readonly PluginRow[]; readonly faults: readonly PluginFault[] }> {
  const [rows, faults] = [new Map<string, PluginRow>(), [] as PluginFault[]]
  const [own, others] = [[] as [string, unknown][], [] as [string, unknown][]]
  for (const entry of Object.entries(entries))
    (entry[1] instanceof ThirdPartyEntry ? others : own).push(entry)
  const builtIn = await attempt('', Object.fromEntries(own))
  const tries = await Promise.all(others.map(([name, entry]) => attempt(name, { [name]: entry })))
  for (const { plugins, fault } of [builtIn, ...tries]) {
    if (fault !== undefined) faults.push(fault)
    for (const { plugin } of plugins) {
      if (rows.has(plugin.name)) continue
      const { name, placement, fencing, resources, optionsSchema } = plugin
      const entry = entries[name]
      const source = entry instanceof ThirdPartyEntry ? textOf(entry.source) : 'built in'
      const ownVersion = entry instanceof ThirdPartyEntry ? (plugin.version ?? '') : version
      const fares = health.get(name) ?? []
      const row = {
        name,
        version: ownVersion,
        source,
        placement,
        fencing,
        resources,
        optionsSchema,
        health: fares,
      }
      rows.set(name, row)
    }
  }
  return { rows: [...rows.values()], faults }
}

async function attempt(
  name: string,
  entries: PluginEntries,
): Promise<{ plugins: Awaited<ReturnType<typeof loadPlugins>>; fault?: PluginFault }> {
  try {
    return { plugins: await loadPlugins(entries, { strict: true }) }
  } catch (cause) {
    return { plugins: [], fault: { name, message: messageOf(cause) } }
  }
}

async function healthIn(stateFolder: string): Promise<ReadonlyMap<string, PluginHealth[]>> {
  const health = new Map<string, PluginHealth[]>()
  for (const { node, role, announcers } of await readViews(stateFolder)) {
    if (role === 'stopped') continue
    for (const { name, healthy, error, phase } of announcers) {
      const known = health.get(name) ?? []
      known.push({ node, healthy, message: error ?? phase })
      health.set(name, known)
    }
  }
  return health
}
