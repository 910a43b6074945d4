/* herald speaker: announces from one node of a cluster what the controller assigned. */
import { hostname } from 'node:os'
import { join } from 'node:path'

import { Command, Option } from 'commander'

import { messageOf } from '#core/errors.ts'

import type { SpeakerOptions } from '../kubernetes/speaker/options.ts'
import { runSpeaker } from '../kubernetes/speaker/run.ts'
import type { LogLevels } from '../log.ts'
import type { PluginEntries } from '../plugin-entries.ts'
import { addDecisionOptions, settingsFrom, type DecisionOptions } from './decision-options.ts'
import { addEndpoints, metricsAt, probesAt, type EndpointFlags } from './endpoint-options.ts'
import { addStatusAddress, parsePort, statusPageFrom, type StatusPageFlags } from './listen-address.ts'
import { excludedFile, withExcludedInterfaces } from './excluded-interfaces.ts'
import { logLevelOption } from './log-levels.ts'
import {
  acceptBooleans,
  addFlagsWithoutEffect,
  flagsWithoutEffect,
  withEnvironment,
} from './metallb-flags.ts'
import { addProtectionOptions, protectionFrom, type MetricsFlags } from './metrics-options.ts'
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
    EndpointFlags,
    HeartbeatOptions,
    MetricsFlags,
    MoveOptions,
    RenderOptions,
    StatusPageFlags {
  readonly nodeName: string
  readonly podName?: string
  readonly kubeconfig?: string
  readonly state: string
  readonly mlSecretKeyPath?: string
  readonly mlBindport?: number
  readonly config?: string
  readonly excludel2: string
  readonly logLevel: LogLevels
}

const epilogue = `
One speaker runs on every node (deploy/ has the DaemonSet). It announces the addresses that stand in the status of
Services, from the node that the election names, and keeps what it has read in the state folder: one that starts while
the API server is away goes on with that. SIGTERM hands over before it ends.

MetalLB's flags and variables are understood, and those without a meaning here are accepted.`

/** `run` settles when the process is up. */
export function speakerCommand(run: (options: SpeakerOptions) => Promise<void> = runSpeaker): Command {
  const command = new Command('speaker')
    .description('announce from one node of a Kubernetes cluster')
    .addOption(
      new Option('--node-name <name>', 'the Node this process runs on')
        .env('METALLB_NODE_NAME')
        .argParser(parseNodeName)
        .default(hostname().toLowerCase()),
    )
    .addOption(new Option('--pod-name <name>', 'the Pod, named in events').env('METALLB_POD_NAME'))
    .option(
      '--kubeconfig <file>',
      "how to reach the API server (default: KUBECONFIG, the Pod's account, ~/.kube/config)",
    )
    .option('--state <dir>', 'where the snapshot of what was read is kept', '/var/lib/herald')
    .option('--config <file>', 'YAML file with the configuration of plugins')
    .addOption(logLevelOption())
    .addHelpText('after', epilogue)
  addEndpoints(command, { probes: '127.0.0.1' })
  addStatusAddress(command)
  addProtectionOptions(command)
  addRenderOnly(command)
  addHeartbeatOptions(command, 'one that all speakers share; required')
  addMoveOptions(command)
  addCompatibleOptions(command)
  addDecisionOptions(command)
  acceptBooleans(command)
  return command.action(async (flags: Flags) => {
    await run(await optionsFrom(flags, command))
  })
}

function addCompatibleOptions(command: Command): void {
  command
    .addOption(
      new Option('--ml-secret-key-path <dir>', 'folder with the file secretkey, as --heartbeat-key-file').env(
        'METALLB_ML_SECRET_KEY_PATH',
      ),
    )
    .addOption(
      new Option('--ml-bindport <port>', 'as --heartbeat-port')
        .env('METALLB_ML_BIND_PORT')
        .argParser(parsePort),
    )
  addFlagsWithoutEffect(command, 'speaker')
  command.addOption(new Option('--excludel2 <file>').default(excludedFile).hideHelp())
}

async function optionsFrom(said: Flags, command: Command): Promise<SpeakerOptions> {
  const flags = withEnvironment(said, command)
  const { announcers: _, ...settings } = settingsFrom(flags, [])
  const { podName, kubeconfig } = flags
  return {
    node: flags.nodeName,
    ...(podName === undefined ? {} : { pod: podName }),
    settings,
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    stateFolder: flags.state,
    ...metricsAt(flags),
    protection: protectionFrom(flags, command),
    ...statusPageFrom(flags),
    ...probesAt(flags, '127.0.0.1'),
    heartbeats: {
      port: flags.mlBindport ?? flags.heartbeatPort,
      keyFile: keyFile(flags, command),
      timing: timingFrom(flags, command),
      policy: flags.partitionPolicy,
    },
    moveBudget: { perMinute: flags.moveBudget },
    plugins: await entriesFrom(flags, command),
    logLevels: flags.logLevel,
    ignored: flagsWithoutEffect(command, 'speaker'),
  }
}

function keyFile({ heartbeatKeyFile, mlSecretKeyPath }: Flags, command: Command): string {
  if (heartbeatKeyFile !== undefined) return heartbeatKeyFile
  if (mlSecretKeyPath !== undefined && mlSecretKeyPath !== '') return join(mlSecretKeyPath, 'secretkey')
  return command.error(
    'error: --heartbeat-key-file: found none, allowed: a file with a key that all speakers share (or --ml-secret-key-path)',
  )
}

async function entriesFrom(flags: Flags, command: Command): Promise<PluginEntries> {
  const entries = await pluginEntries(flags, command)
  try {
    return withExcludedInterfaces(entries, flags.excludel2)
  } catch (cause) {
    return command.error(`error: ${messageOf(cause)}`)
  }
}
