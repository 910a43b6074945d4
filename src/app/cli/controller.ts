/* herald controller: gives Services their addresses, in a cluster. */
import { hostname } from 'node:os'

import { Command, Option } from 'commander'

import type { ControllerOptions } from '../kubernetes/controller/options.ts'
import { runController } from '../kubernetes/controller/run.ts'
import type { LogLevels } from '../log.ts'
import { addDecisionOptions, settingsFrom, type DecisionOptions } from './decision-options.ts'
import { addEndpoints, metricsAt, probesAt, type EndpointFlags } from './endpoint-options.ts'
import { addStatusAddress, statusPageFrom, type StatusPageFlags } from './listen-address.ts'
import { logLevelOption } from './log-levels.ts'
import {
  acceptBooleans,
  addFlagsWithoutEffect,
  flagsWithoutEffect,
  withEnvironment,
} from './metallb-flags.ts'
import { addProtectionOptions, protectionFrom, type MetricsFlags } from './metrics-options.ts'
import { addProbingOptions, probingFrom, type ProbingFlags } from './probing-options.ts'
import { pluginEntries } from './process-options.ts'
import { addWebhookOptions, webhookFrom, type WebhookFlags } from './webhook-options.ts'

interface Flags
  extends DecisionOptions, EndpointFlags, MetricsFlags, ProbingFlags, StatusPageFlags, WebhookFlags {
  readonly kubeconfig?: string
  readonly context?: string
  readonly podName: string
  readonly leaderElect: boolean
  readonly leaseName: string
  readonly heartbeatSecret?: string
  readonly mlSecretName?: string
  readonly config?: string
  readonly logLevel: LogLevels
}

const epilogue = `
In a Pod it finds the API server and its own namespace by itself; elsewhere it uses KUBECONFIG or ~/.kube/config. Any number
of replicas may run: one of them writes, another takes over within five seconds. Addresses are kept in the Services' status
and in AddressClaims, so nothing is lost with a process. MetalLB's flags and variables are understood, and those without a
meaning here are accepted.

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
    .addOption(logLevelOption())
    .addHelpText('after', epilogue)
  addEndpoints(command, { probes: '::' })
  addStatusAddress(command)
  addProbingOptions(command)
  addProtectionOptions(command)
  addWebhookOptions(command)
  command.addOption(new Option('--ml-secret-name <name>').hideHelp())
  addFlagsWithoutEffect(command, 'controller')
  addDecisionOptions(command)
  acceptBooleans(command)
  return command.action(async (flags: Flags) => {
    await run(await optionsFrom(flags, command))
  })
}

async function optionsFrom(said: Flags, command: Command): Promise<ControllerOptions> {
  const flags = withEnvironment(said, command)
  const { kubeconfig, context, podName, leaderElect, leaseName } = flags
  const heartbeatSecret = flags.mlSecretName ?? flags.heartbeatSecret
  const { announcers: _, ...settings } = settingsFrom(flags, [])
  return {
    kubeconfig: {
      ...(kubeconfig !== undefined && { file: kubeconfig }),
      ...(context !== undefined && { context }),
    },
    settings,
    podName,
    leaderElect,
    leaseName,
    ...(heartbeatSecret !== undefined && heartbeatSecret !== '' && { heartbeatSecret }),
    ...probingFrom(flags, command),
    ...metricsAt(flags),
    ...probesAt(flags, '::'),
    protection: protectionFrom(flags, command),
    ...statusPageFrom(flags),
    ...webhookFrom(flags, command),
    plugins: await pluginEntries(flags, command),
    logLevels: flags.logLevel,
    ignored: flagsWithoutEffect(command, 'controller'),
  }
}
