/* herald standalone: both halves in one process, from a folder of manifests. */
import { statSync } from 'node:fs'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'

import { Command, InvalidArgumentError, Option } from 'commander'

import type { ListenAddress } from '#metrics/listen.ts'

import type { LogLevels } from '../log.ts'
import type { StandaloneOptions } from '../standalone/options.ts'
import { runStandalone } from '../standalone/run.ts'
import { addDecisionOptions, settingsFrom, type DecisionOptions } from './decision-options.ts'
import {
  addStatusAddress,
  parseListen,
  parsePort,
  statusPageFrom,
  type StatusPageFlags,
} from './listen-address.ts'
import { logLevelOption } from './log-levels.ts'
import { addCertificateOption, protectionFrom, type MetricsFlags } from './metrics-options.ts'
import { addProbingOptions, probingFrom, type ProbingFlags } from './probing-options.ts'
import {
  addHeartbeatOptions,
  addMoveOptions,
  addRenderOnly,
  parseNodeName,
  pluginEntries,
  timingFrom,
  type HeartbeatOptions,
  type MoveOptions,
  type RenderOptions,
} from './process-options.ts'

interface Flags
  extends
    DecisionOptions,
    HeartbeatOptions,
    MetricsFlags,
    MoveOptions,
    ProbingFlags,
    RenderOptions,
    StatusPageFlags {
  readonly nodeName: string
  readonly state?: string
  readonly metricsAddress: ListenAddress | 'off'
  readonly metricsPort?: number
  readonly follow: boolean
  readonly config?: string
  readonly logLevel: LogLevels
}

const epilogue = `
The folder holds Kubernetes objects as YAML or JSON: pools, advertisements and peers (metallb.io), Services, and, where
they matter, Nodes, EndpointSlices, Namespaces and Secrets. Changes take effect at once. Several processes, one per node,
may share the folder: one of them allocates, the others follow. herald status DIR shows what each of them does.

Example:
  herald standalone ./lb --node-name node-a`

/** `run` settles when the process is up. */
export function standaloneCommand(
  run: (options: StandaloneOptions) => Promise<void> = runStandalone,
): Command {
  const command = new Command('standalone')
    .description('allocate and announce from a folder of manifests, no cluster needed')
    .argument('<dir>', 'folder of manifests', parseFolder)
    .addOption(
      new Option('--node-name <name>', 'which Node of the folder this process is')
        .argParser(parseNodeName)
        .default(hostname().toLowerCase()),
    )
    .option('--state <dir>', 'where addresses in use and status are kept (default: DIR/.herald)')
    .option('--follow', 'never allocate: another process writes the state folder', false)
    .option('--config <file>', 'YAML file that names plugins and configures the built-in ones')
    .addOption(logLevelOption())
    .addHelpText('after', epilogue)
  addProbingOptions(command)
  addMetricsOptions(command)
  addStatusAddress(command)
  addCertificateOption(command)
  addRenderOnly(command)
  addHeartbeatOptions(command, 'default: made in the state folder')
  addMoveOptions(command)
  return addDecisionOptions(command).action(async (folder: string, flags: Flags) => {
    await run(await optionsFrom(folder, flags, command))
  })
}

function addMetricsOptions(command: Command): void {
  command
    .addOption(
      new Option('--metrics-address <host:port>', 'where /metrics, /healthz and /readyz are served, or off')
        .argParser(parseListen)
        .default({ host: '127.0.0.1', port: 7472 }, '127.0.0.1:7472'),
    )
    .addOption(new Option('--metrics-port <port>', 'the same, on 127.0.0.1').argParser(parsePort))
}

async function optionsFrom(folder: string, flags: Flags, command: Command): Promise<StandaloneOptions> {
  const { heartbeatPort: port, heartbeatKeyFile, partitionPolicy: policy } = flags
  const timing = timingFrom(flags, command)
  const { announcers: _, ...settings } = settingsFrom(flags, [])
  const metrics = listenAddress(flags)
  return {
    folder,
    stateFolder: flags.state === undefined ? join(folder, '.herald') : resolve(flags.state),
    node: flags.nodeName,
    settings,
    ...(metrics === undefined ? {} : { metrics }),
    protection: protectionFrom(flags, command),
    ...statusPageFrom(flags),
    heartbeats: {
      port,
      timing,
      policy,
      ...(heartbeatKeyFile === undefined ? {} : { keyFile: heartbeatKeyFile }),
    },
    follow: flags.follow,
    ...probingFor(flags, command),
    moveBudget: { perMinute: flags.moveBudget },
    plugins: await pluginEntries(flags, command),
    logLevels: flags.logLevel,
  }
}

/** Who never allocates hands out nothing that could be asked about. */
function probingFor(flags: Flags, command: Command): Pick<StandaloneOptions, 'probing'> {
  if (flags.follow && flags.probeBeforeAssign)
    return command.error('error: --probe-before-assign: of no effect with --follow, which never allocates')
  return probingFrom(flags, command)
}

function listenAddress({ metricsAddress, metricsPort }: Flags): ListenAddress | undefined {
  if (metricsPort !== undefined) return { host: '127.0.0.1', port: metricsPort }
  return metricsAddress === 'off' ? undefined : metricsAddress
}

function parseFolder(text: string): string {
  const found = statSync(text, { throwIfNoEntry: false })
  if (found === undefined) throw new InvalidArgumentError('There is no such folder.')
  if (!found.isDirectory()) throw new InvalidArgumentError('It is not a folder.')
  return resolve(text)
}
