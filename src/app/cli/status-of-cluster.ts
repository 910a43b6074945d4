/* herald status of a cluster: from the objects that controller and speakers write. */
import type { Command } from 'commander'

import { clusterStatusText } from '../kubernetes/live/cluster-status-text.ts'
import { clusterStatus, isWell } from '../kubernetes/live/cluster-status.ts'
import { decideInput, type Terminal } from './inputs.ts'
import { serialised, type OutputFormat } from './output.ts'
import type { ExitStatus } from './plan.ts'
import { readClusterAsRunning, sayWhy, withApi, type SourceOptions } from './source.ts'

/** 0: every Pod is ready, a controller writes, every Service has an address that is announced, no problem is known. */
export async function statusOfCluster(
  options: SourceOptions & { readonly output: OutputFormat | 'wide' },
  command: Command,
  terminal: Terminal,
): Promise<ExitStatus> {
  const document = await withApi(options, async ({ client }) => {
    const decisions = decideInput(await readClusterAsRunning(client, options, command))
    return clusterStatus(client, options.namespace, decisions)
  }).catch(sayWhy('status', terminal))
  if (document === undefined) return 2
  const { output } = options
  terminal.out(
    output === 'text' || output === 'wide' ? clusterStatusText(document) : serialised(document, output),
  )
  return isWell(document) ? 0 : 1
}
