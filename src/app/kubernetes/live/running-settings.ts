/* What the speakers of a cluster were started with: a command that looks at the cluster has to decide as they do. */
import type { ApiClient } from '../api/client.ts'
import { isStatus } from '../api/errors.ts'
import { daemonSets } from './workloads.ts'

/** The flags that change decisions, by name without dashes; `true` for one without a value. */
export type RunningFlags = Readonly<Record<string, string | true>>

const deciding = [
  'lb-class',
  'bgp-backend',
  'l2-candidates',
  'election',
  'ignore-exclude-lb',
  'drain-on-cordon',
] as const

interface Workload {
  readonly spec?: {
    readonly template?: {
      readonly spec?: { readonly containers?: readonly { readonly args?: readonly string[] }[] }
    }
  }
}

/** Empty where no speaker of ours is deployed, or the DaemonSets may not be read. */
export async function runningFlags(client: ApiClient, namespace: string): Promise<RunningFlags> {
  const labelSelector = 'app.kubernetes.io/name=herald,app.kubernetes.io/component=speaker'
  try {
    const found = await client.list(daemonSets, { namespace, labelSelector })
    const [speaker] = found as readonly Workload[]
    const containers = speaker?.spec?.template?.spec?.containers ?? []
    return flagsOf(containers.find(({ args }) => args?.[0] === 'speaker')?.args ?? [])
  } catch (error) {
    if (isStatus(error, 403)) return {}
    throw error
  }
}

/** `--name=value`, `--name value` and `--name`. */
export function flagsOf(args: readonly string[]): RunningFlags {
  const flags: Record<string, string | true> = {}
  for (const [index, text] of args.entries()) {
    const match = /^--([a-z0-9-]+)(?:=(.*))?$/.exec(text)
    const name = deciding.find((name) => name === match?.[1])
    if (name === undefined) continue
    const next = args[index + 1]
    const separate = next === undefined || next.startsWith('--') ? true : next
    flags[name] = match?.[2] ?? separate
  }
  return flags
}
