/* herald controller: gives Services their addresses, in a cluster. */
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'

import { Command, Option } from 'commander'

import type { ListenAddress } from '#metrics/listen.ts'

import type { ControllerOptions } from '../kubernetes/controller/options.ts'
import { runController } from '../kubernetes/controller/run.ts'
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
import { pluginEntries } from './process-options.ts'
import { addWebhookOptions, webhookFrom, type WebhookFlags } from './webhook-options.ts'

interface Flags extends DecisionOptions, MetricsFlags, StatusPageFlags, WebhookFlags {
  readonly kubeconfig?: string
  readonly context?: string
  readonly podName: string
  readonly leaderElect: boolean
  readonly leaseName: string
  readonly heartbeatSecret?: string
  readonly metricsAddress: ListenAddress | 'off'
  readonly port?: number
  readonly config?: string
  readonly logLevel: LogLevels
}

const epilogue = `
In a Pod it finds the API server and its own namespace by itself; elsewhere it uses KUBECONFIG or ~/.kube/config. Any number
of replicas may run: one of them writes, another takes over within five seconds. Addresses are kept in the Services' status
and in AddressClaims, so nothing is lost with a process.

Example:
  herald controller --kubeconfig ~/.kube/config --namespace metallb-system`

export function controllerCommand(
  run: (options: ControllerOptions) => Promise<void> = runController,
): Command {
  const command = new Command('controller')
    .description('give Services of a cluster their addresses')
    .option('--kubeconfig <file>', "how to reach the cluster (default: the Pod's account, or KUBECONFIG)")
    .option('--context <name>', 'context of the kubeconfig')
    .addOption(
      new Option('--pod-name <name>', 'name of this Pod')
        .env('METALLB_POD_NAME')
        .default(hostname().toLowerCase()),
    )
    .option('--config <file>', 'YAML file that names plugins: the same as the speakers have')
    .option('--no-leader-elect', 'write whatever other replicas do')
    .option('--lease-name <name>', 'Lease by which the replicas take turns', 'herald-controller')
    .addOption(
      new Option('--heartbeat-secret <name>', 'Secret to make for the speakers, if there is none').env(
        'METALLB_ML_SECRET_NAME',
      ),
    )
    .addOption(
      new Option('--metrics-address <host:port>', 'where /metrics, /healthz and /readyz are served, or off')
        .argParser(parseListen)
        .default({ host: '::', port: 7472 }, ':7472'),
    )
    .addOption(new Option('--port <port>', 'the same, on every address').argParser(parsePort))
    .addOption(logLevelOption())
    .addHelpText('after', epilogue)
  addStatusAddress(command)
  addProtectionOptions(command)
  addWebhookOptions(command)
  return addDecisionOptions(command).action(async (flags: Flags) => {
    await run(await optionsFrom(flags, command))
  })
}

async function optionsFrom(flags: Flags, command: Command): Promise<ControllerOptions> {
  const { kubeconfig, context, podName, leaderElect, leaseName, heartbeatSecret, port } = flags
  const { announcers: _, ...settings } = settingsFrom(flags, [])
  const metrics = port === undefined ? flags.metricsAddress : { host: '::', port }
  const said = command.getOptionValueSource('namespace') !== 'default'
  return {
    kubeconfig: {
      ...(kubeconfig !== undefined && { file: kubeconfig }),
      ...(context !== undefined && { context }),
    },
    settings: said ? settings : { ...settings, namespace: ownNamespace() ?? settings.namespace },
    podName,
    leaderElect,
    leaseName,
    ...(heartbeatSecret !== undefined && heartbeatSecret !== '' && { heartbeatSecret }),
    ...(metrics !== 'off' && { metrics }),
    protection: protectionFrom(flags, command),
    ...statusPageFrom(flags),
    ...webhookFrom(flags),
    plugins: await pluginEntries(flags, command),
    logLevels: flags.logLevel,
  }
}

/** As MetalLB finds it: by the environment, then by the Pod's account. */
function ownNamespace(): string | undefined {
  const { METALLB_NAMESPACE: named = '' } = process.env
  if (named !== '') return named
  try {
    return readFileSync('/var/run/secrets/kubernetes.io/serviceaccount/namespace', 'utf8').trim()
  } catch {
    return undefined
  }
}
