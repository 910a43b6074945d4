/* herald adopt: from MetalLB to Herald on a running cluster, and back. */
import { Command, InvalidArgumentError, Option } from 'commander'

import { adopt, giveBack, partiesOf, type Adoption } from '../adopt/adopt.ts'
import { differences, differencesText, isHarmful, type Difference } from '../adopt/differences.ts'
import { builtInAnnouncers } from '../announcer-infos.ts'
import type { ApiClient } from '../kubernetes/api/client.ts'
import { resources } from '../kubernetes/api/resources.ts'
import { parseGoDuration } from '#core/model/go-duration.ts'
import { addDecisionOptions, requireBackend } from './decision-options.ts'
import { decideInput, processTerminal, type Input, type Terminal } from './inputs.ts'
import type { ExitStatus } from './plan.ts'
import { addClusterOptions, readClusterAsRunning, sayWhy, withApi, type SourceOptions } from './source.ts'

interface Flags extends SourceOptions {
  readonly dryRun: boolean
  readonly back: boolean
  readonly acceptChanges: boolean
  readonly timeout: number
}

const epilogue = `
Before: apply an overlay with the component deploy/kustomize/components/adopt. Herald is then there, and does nothing.
It may be stopped and started again at any point: what is handed over stays so. docs/operations.md has the whole way.

The exit status is 0 when all is handed over (or would be), 1 when an address would change, 2 when it could not go on.`

export function adoptCommand(terminal: Terminal = processTerminal()): Command {
  const command = new Command('adopt')
    .description('take over the addresses and speakers of MetalLB, never two answering for one address')
    .option('--dry-run', 'only say what would differ', false)
    .option('--back', 'hand everything back to MetalLB', false)
    .option('--accept-changes', 'go on although an address would change', false)
    .addOption(
      new Option('--timeout <duration>', 'longest wait for one Pod to go or to come')
        .argParser(parseWait)
        .default(180_000, '3m'),
    )
    .addHelpText('after', epilogue)
  return addDecisionOptions(addClusterOptions(command)).action(async (flags: Flags) => {
    requireBackend(flags.bgpBackend, builtInAnnouncers, command)
    const run = withApi(flags, ({ client }) => adoptCluster(client, flags, { command, terminal }))
    process.exitCode = (await run.catch(sayWhy('adopt', terminal))) ?? 2
  })
}

async function adoptCluster(
  client: ApiClient,
  flags: Flags,
  { command, terminal }: { readonly command: Command; readonly terminal: Terminal },
): Promise<ExitStatus> {
  const { namespace, timeout } = flags
  const input = await readClusterAsRunning(client, flags, command)
  const found = flags.back ? [] : await differencesOf(client, namespace, input)
  if (!flags.back) terminal.out(differencesText(found))
  const harmful = found.some(isHarmful) && !flags.acceptChanges
  if (flags.dryRun) return harmful ? 1 : 0
  if (harmful) {
    terminal.err('herald adopt: an address would change; nothing was done (--accept-changes goes on)\n')
    return 1
  }
  const parties = await partiesOf(client, namespace)
  const adoption: Adoption = {
    client,
    namespace,
    hasL2: hasL2(input),
    waiting: { every: 500, most: timeout },
    say: (line) => terminal.out(`${line}\n`),
  }
  await (flags.back ? giveBack : adopt)(adoption, parties)
  terminal.out(
    flags.back
      ? 'All is MetalLB’s again.\n'
      : 'All is Herald’s. MetalLB may be removed, without its custom resources.\n',
  )
  return 0
}

/** Against the nodes that answer now, as MetalLB's speakers write it down. */
async function differencesOf(client: ApiClient, namespace: string, input: Input): Promise<Difference[]> {
  const statuses = await client.list(resources.serviceL2Statuses, { namespace })
  const answering = new Map(
    statuses.map(({ status }) => {
      const { node = '', serviceName, serviceNamespace } = (status ?? {}) as Readonly<Record<string, string>>
      return [`${serviceNamespace}/${serviceName}`, node]
    }),
  )
  return differences(input.facts.services, decideInput(input), answering)
}

/** Any advertisement by a plugin of which one node at a time answers. */
function hasL2({ facts: { config, settings } }: Input): boolean {
  const placed = new Set(
    settings.announcers.filter(({ placement }) => placement === 'one-node').map(({ name }) => name),
  )
  return config.some(
    (object) =>
      object.kind === 'L2Advertisement' ||
      (object.kind === 'Advertisement' && placed.has(object.spec.announcer)),
  )
}

function parseWait(text: string): number {
  const duration = parseGoDuration(text)
  if (duration === undefined || duration < 1)
    throw new InvalidArgumentError('Allowed: a duration such as 90s or 3m.')
  return duration
}
