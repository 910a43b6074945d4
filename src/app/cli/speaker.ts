/* herald speaker: announces from one node of a cluster what the controller assigned. */
import { hostname } from 'node:os'
import { join } from 'node:path'

import { Command, Option } from 'commander'

import type { ListenAddress } from '#metrics/listen.ts'

import type { SpeakerOptions } from '../kubernetes/speaker/options.ts'
import { runSpeaker } from '../kubernetes/speaker/run.ts'
import type { LogLevels } from '../log.ts'
import { addDecisionOptions, settingsFrom, type DecisionOptions } from './decision-options.ts'
import {
  addStatusAddress,
  parseListen,
  parsePort,
  statusPageFrom,
  type StatusPageFlags,
} from './listen-address.ts'
import { logLevelOption } from './log-levels.ts'
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
  extends DecisionOptions, HeartbeatOptions, MetricsFlags, MoveOptions, RenderOptions, StatusPageFlags {
  readonly nodeName: string
  readonly podName?: string
  readonly kubeconfig?: string
  readonly state: string
  readonly metricsAddress: ListenAddress | 'off'
  readonly port?: number
  readonly healthProbePort?: number
  readonly mlSecretKeyPath?: string
  readonly mlBindport?: number
  readonly config?: string
  readonly logLevel: LogLevels
}

const epilogue = `
One speaker runs on every node (deploy/ has the DaemonSet). It announces the addresses that stand in the status of
Services, from the node that the election names, and keeps what it has read in the state folder: one that starts while
the API server is away goes on with that. SIGTERM hands over before it ends.

MetalLB's flags and variables are understood, and those without a meaning here are accepted.`

/** MetalLB's, with nothing for them to set. */
const without = [
  '--host',
  '--ml-bindaddr',
  '--ml-labels',
  '--bgp-debounce-timeout',
  '--pprof-bind-address',
  '--frrk8s-namespace',
] as const

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
  addEndpointOptions(command)
  addStatusAddress(command)
  addProtectionOptions(command)
  addRenderOnly(command)
  addHeartbeatOptions(command, 'one that all speakers share; required')
  addMoveOptions(command)
  addCompatibleOptions(command)
  addDecisionOptions(command)
  readEnvironment(command)
  return command.action(async (flags: Flags) => {
    await run(await optionsFrom(flags, command))
  })
}

function addEndpointOptions(command: Command): void {
  command
    .addOption(
      new Option('--metrics-address <host:port>', 'where /metrics, /healthz and /readyz are served, or off')
        .argParser(parseListen)
        .default({ host: '::', port: 7472 }, ':7472'),
    )
    .addOption(new Option('--port <port>', 'the same, on every address; 0 = off').argParser(parsePortOrNone))
    .addOption(
      new Option('--health-probe-port <port>', 'the same endpoint once more, on 127.0.0.1').argParser(
        parsePort,
      ),
    )
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
  for (const flag of without) command.addOption(new Option(`${flag} <value>`).hideHelp())
  for (const flag of ['--ml-wan-config', '--frrk8s-secret-passthrough']) {
    command.addOption(new Option(flag).hideHelp())
  }
}

/** MetalLB's names for what the flags of decisions say. */
function readEnvironment(command: Command): void {
  const option = (long: string): Option | undefined => command.options.find((one) => one.long === long)
  option('--namespace')?.env('METALLB_NAMESPACE')
  const backend = option('--bgp-backend')
  if (backend === undefined) return
  const { parseArg } = backend
  backend.env('METALLB_BGP_TYPE').argParser((text: string, previous: unknown) => {
    const name = text === 'native' ? 'native-bgp' : text
    return parseArg === undefined ? name : parseArg(name, previous)
  })
}

async function optionsFrom(flags: Flags, command: Command): Promise<SpeakerOptions> {
  const { announcers: _, ...settings } = settingsFrom(flags, [])
  const metrics = metricsAddress(flags)
  const { podName, kubeconfig, healthProbePort } = flags
  return {
    node: flags.nodeName,
    ...(podName === undefined ? {} : { pod: podName }),
    settings,
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    stateFolder: flags.state,
    ...(metrics === undefined ? {} : { metrics }),
    protection: protectionFrom(flags, command),
    ...statusPageFrom(flags),
    ...(healthProbePort === undefined ? {} : { probes: { host: '127.0.0.1', port: healthProbePort } }),
    heartbeats: {
      port: flags.mlBindport ?? flags.heartbeatPort,
      keyFile: keyFile(flags, command),
      timing: timingFrom(flags, command),
      policy: flags.partitionPolicy,
    },
    moveBudget: { perMinute: flags.moveBudget },
    plugins: await pluginEntries(flags, command),
    logLevels: flags.logLevel,
    ignored: ignoredOf(command),
  }
}

function keyFile({ heartbeatKeyFile, mlSecretKeyPath }: Flags, command: Command): string {
  if (heartbeatKeyFile !== undefined) return heartbeatKeyFile
  if (mlSecretKeyPath !== undefined && mlSecretKeyPath !== '') return join(mlSecretKeyPath, 'secretkey')
  return command.error(
    'error: --heartbeat-key-file: found none, allowed: a file with a key that all speakers share (or --ml-secret-key-path)',
  )
}

function metricsAddress({ metricsAddress, port }: Flags): ListenAddress | undefined {
  if (port !== undefined) return port === 0 ? undefined : { host: '::', port }
  return metricsAddress === 'off' ? undefined : metricsAddress
}

function ignoredOf(command: Command): string[] {
  const quiet = new Set<string>([...without, '--ml-wan-config', '--frrk8s-secret-passthrough'])
  return command.options
    .filter(({ long }) => long !== null && long !== undefined && quiet.has(long))
    .filter((option) => command.getOptionValueSource(option.attributeName()) === 'cli')
    .map(({ long }) => String(long))
}

function parsePortOrNone(text: string): number {
  return text === '0' ? 0 : parsePort(text)
}
