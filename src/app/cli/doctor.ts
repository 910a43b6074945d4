/* herald doctor: what people trip over, in a cluster or on one node, each with its remedy. */
import { Command, InvalidArgumentError, Option } from 'commander'

import { checkAccess } from '../doctor/access.ts'
import { checkDecisions, checkKinds, checkKubeProxy, checkSpeakers } from '../doctor/cluster.ts'
import type { Finding } from '../doctor/finding.ts'
import { checkMachine } from '../doctor/machine.ts'
import { checkHeartbeats, type Endpoint } from '../doctor/members.ts'
import { readMachine } from '../doctor/read-machine.ts'
import { reportText } from '../doctor/report.ts'
import { addDecisionOptions, addPluginOptions } from './decision-options.ts'
import { decideInput, processTerminal, type Input, type Terminal } from './inputs.ts'
import { outputOption, paintFor, serialised, type OutputFormat } from './output.ts'
import type { ExitStatus } from './plan.ts'
import { addClusterOptions, readClusterAsRunning, sayWhy, withApi, type SourceOptions } from './source.ts'

interface Flags extends SourceOptions {
  readonly node: boolean
  readonly heartbeatPort: number
  readonly metricsPort: number
  readonly controllerAccount: string
  readonly speakerAccount: string
  readonly output: OutputFormat
}

const epilogue = `
Without --node it looks at the cluster: custom resources, rights, kube-proxy, speakers, other implementations, Services,
and whether nodes hear each other. With --node it looks at the machine it runs on, as it is meant to run in a speaker's Pod:
  kubectl -n metallb-system exec ds/herald-speaker -- /usr/local/bin/node /herald/herald.js doctor --node

The exit status is 0 without faults, 1 with, 2 when nothing could be asked.`

export function doctorCommand(terminal: Terminal = processTerminal()): Command {
  const command = new Command('doctor')
    .description('look for what usually goes wrong, in a cluster or on this node, and say what to do')
    .option('--node', 'look at this machine instead of the cluster', false)
    .addOption(
      new Option('--heartbeat-port <port>', 'UDP port of the heartbeats').argParser(parsePort).default(7473),
    )
    .addOption(
      new Option('--metrics-port <port>', 'TCP port of the speakers’ metrics')
        .argParser(parsePort)
        .default(7472),
    )
    .option('--controller-account <name>', 'ServiceAccount of the controller', 'herald-controller')
    .option('--speaker-account <name>', 'ServiceAccount of the speakers', 'herald-speaker')
    .addOption(outputOption())
    .addHelpText('after', epilogue)
  return addPluginOptions(addDecisionOptions(addClusterOptions(command))).action(async (flags: Flags) => {
    process.exitCode = await doctor(flags, command, terminal)
  })
}

async function doctor(flags: Flags, command: Command, terminal: Terminal): Promise<ExitStatus> {
  const findings = flags.node
    ? checkMachine(readMachine(), flags)
    : await examineCluster(flags, command).catch(sayWhy('doctor', terminal))
  if (findings === undefined) return 2
  const { output } = flags
  const document = { apiVersion: 'heraldlb.io/v1alpha1', kind: 'Diagnosis', findings }
  terminal.out(output === 'text' ? reportText(findings, paintFor(terminal)) : serialised(document, output))
  return findings.some(({ verdict }) => verdict === 'fault') ? 1 : 0
}

function examineCluster(flags: Flags, command: Command): Promise<Finding[]> {
  const { namespace, controllerAccount: controller, speakerAccount: speaker } = flags
  return withApi(flags, async ({ client }) => {
    const input = await readClusterAsRunning(client, flags, command)
    return [
      await checkKinds(client, namespace),
      ...(await checkAccess(client, namespace, { controller, speaker })),
      await checkKubeProxy(client),
      ...(await checkSpeakers(client, namespace)),
      ...(await checkHeartbeats(endpointsOf(input, flags.metricsPort), flags.heartbeatPort)),
      ...checkDecisions(input.facts, decideInput(input)),
    ]
  })
}

/** Where each speaker's metrics are: on the node's own address. */
function endpointsOf({ facts }: Input, port: number): Endpoint[] {
  return (facts.nodes ?? []).flatMap(({ metadata, status }) => {
    const address = status?.addresses?.find(({ type }) => type === 'InternalIP')
    return address === undefined ? [] : [{ node: metadata.name, host: address.address, port }]
  })
}

function parsePort(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) throw new InvalidArgumentError('Allowed: 1 to 65535.')
  return port
}
