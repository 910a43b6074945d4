/* herald status of a cluster: from the objects that controller and speakers write. */
import type { Command } from 'commander'

import { clusterStatusText } from '../kubernetes/live/cluster-status-text.ts'
import { clusterStatus, isWell, type ClusterStatus } from '../kubernetes/live/cluster-status.ts'
import { decideInput, type Terminal } from './inputs.ts'
import { serialised, type OutputFormat } from './output.ts'
import type { ExitStatus } from './plan.ts'
import { readClusterAsRunning, sayWhy, withApi, type SourceOptions } from './source.ts'
import { watch } from './watch.ts'

type Options = SourceOptions & { readonly output: OutputFormat | 'wide'; readonly watch: boolean }

/** Each look reads the cluster as a whole. */
const watchEvery = 2000

/** 0: every Pod is ready, a controller writes, every Service has an address that is announced, no problem is known. */
export async function statusOfCluster(
  options: Options,
  command: Command,
  terminal: Terminal,
): Promise<ExitStatus> {
  const look = (): Promise<ClusterStatus | undefined> =>
    withApi(options, async ({ client }) => {
      const input = await readClusterAsRunning(client, options, command)
      return clusterStatus(client, input.facts, decideInput(input))
    }).catch(sayWhy('status', terminal))
  if (options.watch) {
    const text = async (): Promise<string | undefined> => {
      const document = await look()
      return document && rendered(document, options)
    }
    await watch(text, terminal, { every: watchEvery })
  }
  const document = await look()
  if (document === undefined) return 2
  terminal.out(rendered(document, options))
  return isWell(document) ? 0 : 1
}

function rendered(document: ClusterStatus, { output }: Options): string {
  if (output === 'text' || output === 'wide') return clusterStatusText(document, { wide: output === 'wide' })
  return serialised(document, output)
}
