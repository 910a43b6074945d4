/* Where a command that decides looks: manifests that are named, or else the cluster of the kubeconfig. */
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

import type { Command } from 'commander'

import { messageOf } from '#core/errors.ts'

import type { ApiClient } from '../kubernetes/api/client.ts'
import { openApi, type Api } from '../kubernetes/api/open.ts'
import { readCluster } from '../kubernetes/live/read-cluster.ts'
import { runningFlags } from '../kubernetes/live/running-settings.ts'
import { builtInAnnouncers } from '../announcer-infos.ts'
import { settingsFrom, type DecisionOptions } from './decision-options.ts'
import { readInput, type Input, type Terminal } from './inputs.ts'

export interface ClusterOptions {
  readonly kubeconfig?: string
  readonly context?: string
}

export interface SourceOptions extends ClusterOptions, DecisionOptions {
  /** Absent: the cluster. */
  readonly filename?: readonly string[]
}

export function addClusterOptions(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'the cluster to look at (default: as kubectl, or in a Pod its own)')
    .option('--context <name>', 'context of the kubeconfig (default: its current one)')
}

/** Rejects, with a sentence for the person, when the cluster cannot be asked. */
export async function readSource(
  options: SourceOptions,
  command: Command,
  terminal: Terminal,
): Promise<Input> {
  if (options.filename !== undefined) {
    return readInput(
      options.filename,
      settingsFrom(options, options.announcers ?? builtInAnnouncers),
      terminal,
    )
  }
  return withApi(options, ({ client }) => readClusterAsRunning(client, options, command))
}

/** With the settings that its speakers run with, where the command line gives none. */
export async function readClusterAsRunning(
  client: ApiClient,
  options: DecisionOptions,
  command: Command,
): Promise<Input> {
  const flags = await runningFlags(client, options.namespace)
  return readCluster(
    client,
    settingsFrom(asRunning(options, command, flags), options.announcers ?? builtInAnnouncers),
  )
}

export async function withApi<Result>(
  { kubeconfig: file, context }: ClusterOptions,
  use: (api: Api) => Promise<Result>,
): Promise<Result> {
  if (file === undefined && !clusterIsKnown()) {
    throw new Error(
      'found no kubeconfig and no cluster around this process; give -f, --kubeconfig or KUBECONFIG',
    )
  }
  const api = await openApi({
    ...(file === undefined ? {} : { file }),
    ...(context === undefined ? {} : { context }),
  })
  try {
    return await use(api)
  } finally {
    api.close()
  }
}

/** As kubectl looks: the environment, the Pod, the home directory. Without any, client libraries try localhost. */
function clusterIsKnown(): boolean {
  const { KUBECONFIG = '', KUBERNETES_SERVICE_HOST = '' } = process.env
  return KUBECONFIG + KUBERNETES_SERVICE_HOST !== '' || existsSync(join(homedir(), '.kube/config'))
}

/** For a person, who has no use for the stack of a server that does not answer. */
export function sayWhy(command: string, terminal: Terminal): (cause: unknown) => undefined {
  return (cause) => {
    const message = messageOf(cause)
    terminal.err(`herald ${command}: ${message}\n`)
    return undefined
  }
}

/** What the speakers run with, unless the command line says otherwise. */
function asRunning(
  options: DecisionOptions,
  command: Command,
  flags: Readonly<Record<string, string | true>>,
): DecisionOptions {
  const changed: Record<string, unknown> = { ...options }
  for (const [flag, value] of Object.entries(flags)) {
    const option = command.options.find(({ long }) => long === `--${flag}`)
    if (option === undefined || command.getOptionValueSource(option.attributeName()) === 'cli') continue
    changed[option.attributeName()] = value
  }
  return changed as unknown as DecisionOptions
}
