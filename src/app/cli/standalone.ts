/* herald standalone: both halves in one process, from a folder of manifests. */
import { statSync } from 'node:fs'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'

import { Command, InvalidArgumentError, Option } from 'commander'

import type { PartitionPolicy } from '#core/membership/state.ts'
import {
  minimumBeatsToDeath,
  profiles,
  timingOf,
  type MembershipTiming,
  type Profile,
} from '#core/membership/timing.ts'
import type { Duration } from '#core/model/duration.ts'
import { parseGoDuration } from '#core/model/go-duration.ts'
import type { ListenAddress } from '#metrics/listen.ts'

import { builtInAnnouncers } from '../announcer-infos.ts'
import { readPluginConfigs } from '../load-plugins.ts'
import { logLevels, type LogLevel } from '../log.ts'
import { nameFault } from '../manifests/metadata.ts'
import type { StandaloneOptions } from '../standalone/options.ts'
import { runStandalone } from '../standalone/run.ts'
import { addDecisionOptions, settingsFrom, type DecisionOptions } from './decision-options.ts'
import { parseListen, parsePort } from './listen-address.ts'

interface Flags extends DecisionOptions {
  readonly nodeName: string
  readonly state?: string
  readonly metricsAddress: ListenAddress | 'off'
  readonly metricsPort?: number
  readonly statusAddress: ListenAddress | 'off'
  readonly heartbeatPort: number
  readonly heartbeatKeyFile?: string
  readonly heartbeatProfile: Profile
  readonly heartbeatInterval?: Duration
  readonly heartbeatTimeout?: Duration
  readonly partitionPolicy: PartitionPolicy
  readonly follow: boolean
  readonly config?: string
  readonly logLevel: LogLevel
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
    .option('--config <file>', 'YAML file with the configuration of plugins')
    .addOption(
      new Option('--log-level <level>', 'least important lines to log').choices(logLevels).default('info'),
    )
    .addHelpText('after', epilogue)
  addMetricsOptions(command)
  addHeartbeatOptions(command)
  return addDecisionOptions(command, builtInAnnouncers).action(async (folder: string, flags: Flags) => {
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
    .addOption(
      new Option('--status-address <host:port>', 'where the status page and its JSON are served, or off')
        .argParser(parseListen)
        .default({ host: '127.0.0.1', port: 7474 }, '127.0.0.1:7474'),
    )
    .addOption(new Option('--metrics-port <port>', 'the same, on 127.0.0.1').argParser(parsePort))
}

function addHeartbeatOptions(command: Command): void {
  command
    .addOption(
      new Option('--heartbeat-port <port>', 'UDP port of the heartbeats between nodes')
        .argParser(parsePort)
        .default(7473),
    )
    .option('--heartbeat-key-file <file>', 'key that signs heartbeats (default: made in the state folder)')
    .addOption(
      new Option('--heartbeat-profile <profile>', 'how fast silence is noticed (docs/failover.md)')
        .choices(Object.keys(profiles))
        .default('default'),
    )
    .addOption(
      new Option(
        '--heartbeat-interval <duration>',
        'time between heartbeats, instead of the profile’s',
      ).argParser(parseDuration),
    )
    .addOption(
      new Option(
        '--heartbeat-timeout <duration>',
        'silence that is a suspicion, instead of the profile’s',
      ).argParser(parseDuration),
    )
    .addOption(
      new Option(
        '--partition-policy <policy>',
        'which part of a divided cluster answers: every, or the larger one',
      )
        .choices(['available', 'majority'])
        .default('available'),
    )
}

function timingFrom(flags: Flags, command: Command): MembershipTiming {
  const profile = profiles[flags.heartbeatProfile]
  const { heartbeatInterval: every = profile.beatEvery, heartbeatTimeout: deadAfter = profile.deadAfter } =
    flags
  const least = minimumBeatsToDeath * every
  if (deadAfter < least)
    command.error(
      `error: --heartbeat-timeout: found ${deadAfter}ms, allowed: at least ${minimumBeatsToDeath} times --heartbeat-interval, ${least}ms`,
    )
  return timingOf(every, deadAfter)
}

async function optionsFrom(folder: string, flags: Flags, command: Command): Promise<StandaloneOptions> {
  const { heartbeatPort: port, heartbeatKeyFile, partitionPolicy: policy } = flags
  const timing = timingFrom(flags, command)
  // Stable election keeps what is held, and nodes must agree on who holds what: the folder's state does not say yet.
  if (flags.election !== 'hash')
    command.error('error: --election: found stable, allowed in standalone mode: hash')
  const { announcers: _, ...settings } = settingsFrom(flags, [])
  const metrics = listenAddress(flags)
  return {
    folder,
    stateFolder: flags.state === undefined ? join(folder, '.herald') : resolve(flags.state),
    node: flags.nodeName,
    settings,
    ...(metrics === undefined ? {} : { metrics }),
    ...(flags.statusAddress === 'off' ? {} : { statusPage: flags.statusAddress }),
    heartbeats: {
      port,
      timing,
      policy,
      ...(heartbeatKeyFile === undefined ? {} : { keyFile: heartbeatKeyFile }),
    },
    follow: flags.follow,
    plugins: flags.config === undefined ? {} : await pluginConfigs(flags.config, command),
    logLevel: flags.logLevel,
  }
}

function listenAddress({ metricsAddress, metricsPort }: Flags): ListenAddress | undefined {
  if (metricsPort !== undefined) return { host: '127.0.0.1', port: metricsPort }
  return metricsAddress === 'off' ? undefined : metricsAddress
}

function pluginConfigs(file: string, command: Command): Promise<Readonly<Record<string, unknown>>> {
  return readPluginConfigs(file).catch((cause: unknown) =>
    command.error(`error: --config: ${cause instanceof Error ? cause.message : String(cause)}`),
  )
}

function parseFolder(text: string): string {
  const found = statSync(text, { throwIfNoEntry: false })
  if (found === undefined) throw new InvalidArgumentError('There is no such folder.')
  if (!found.isDirectory()) throw new InvalidArgumentError('It is not a folder.')
  return resolve(text)
}

function parseNodeName(text: string): string {
  const fault = nameFault(text, 'subdomain')
  if (fault !== undefined) throw new InvalidArgumentError(`It is ${fault}.`)
  return text
}

function parseDuration(text: string): Duration {
  const duration = parseGoDuration(text)
  if (duration === undefined || duration < 1)
    throw new InvalidArgumentError('Allowed: a duration such as 50ms or 1s.')
  return duration
}
