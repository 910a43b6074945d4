/* herald move: the addresses of one Service go to a node that a person names, and stay there while it is fit. */
import { Command } from 'commander'

import { parseAddress } from '#core/model/address.ts'
import type { Facts } from '#core/model/facts.ts'
import { nameOf } from '#core/model/objects.ts'
import { didYouMean, few, quote } from '#core/model/wording.ts'
import { planMove, type MovePlan } from '#core/moves/move.ts'
import { moveText } from '#core/moves/text.ts'
import { moveAnnotation, moveOf } from '#core/moves/wishes.ts'
import { statusAddresses } from '#core/allocator/status.ts'

import { carriedOut } from '../moves/carry-out.ts'
import type { MovePlace, Seen } from '../moves/place.ts'
import { processTerminal, type Terminal } from './inputs.ts'
import { addPlaceOptions, checkNode, timeoutOption, withPlace, type PlaceOptions } from './move-place.ts'
import { outputOption, paintFor, serialised, type OutputFormat } from './output.ts'
import type { ExitStatus } from './plan.ts'
import { serviceName } from './service-name.ts'
import { sayWhy } from './source.ts'

interface Flags extends PlaceOptions {
  readonly to?: string
  readonly back: boolean
  readonly once: boolean
  readonly n?: string
  readonly dryRun: boolean
  readonly timeout: number
  readonly output: OutputFormat
}

const epilogue = `
The node that answers goes on until the other one does: datagrams and new connections lose nothing, established TCP
connections through it do. Services that share an address move together. The wish stands until --back: whenever the
node is dead, drained, not Ready, or may not announce the Service, the election goes on without it.

0: done, or nothing to do; 1: not moved in time; 2: it could not be asked for.`

export function moveCommand(terminal: Terminal = processTerminal()): Command {
  const command = new Command('move')
    .description('bring the L2 addresses of a Service to a node, without a gap, and keep them there')
    .argument('<service>', 'svc/NAMESPACE/NAME, svc/NAME, or one of its addresses')
    .argument('[dir]', 'folder that herald standalone runs on; the cluster when absent')
    .option('--to <node>', 'the Node that is to answer')
    .option('--back', 'end the wish: the election decides again', false)
    .option('--once', 'end the wish once it is done; stable election leaves the address there', false)
    .option('-n <namespace>', 'namespace of svc/NAME (default: default)')
    .option('--dry-run', 'print the plan, move nothing', false)
    .addOption(timeoutOption())
    .addOption(outputOption())
    .addHelpText('after', epilogue)
  return addPlaceOptions(command).action(
    async (service: string, folder: string | undefined, flags: Flags) => {
      if (flags.back === (flags.to !== undefined))
        return command.error('error: give either --to NODE or --back')
      if (flags.back && flags.once) return command.error('error: --once goes with --to NODE')
      const status = await withPlace(folder, flags, command, async (place) =>
        move({ terminal, flags, place }, service, await place.read()),
      ).catch(sayWhy('move', terminal))
      process.exitCode = status ?? 2
    },
  )
}

interface Call {
  readonly terminal: Terminal
  readonly flags: Flags
  readonly place: MovePlace
}

async function move(call: Call, named: string, seen: Seen): Promise<ExitStatus> {
  const { terminal, flags, place } = call
  const { facts, serving } = seen
  const outlived = flags.back ? outlivedBy(seen, named, flags.n) : undefined
  if (outlived !== undefined) return forget(call, outlived)
  const service = serviceAmong(facts, named, flags.n)
  const { to } = flags
  if (to !== undefined) checkNode(facts, to)
  if (flags.once && facts.settings.election === 'hash')
    throw new Error(
      '--once: under the election by hash the address would go back at once; allowed with stable',
    )
  const plan = planMove(facts, serving, {
    service,
    ...(to !== undefined && { to }),
  })
  if ('refusal' in plan) throw new Error(plan.refusal)
  terminal.out(planned(service, plan, flags, terminal))
  if (flags.dryRun) return 0
  await place.move(plan.wishes)
  await checkMet(call, facts, plan)
  return finish(call, service, plan)
}

/** The Service, when it is gone and only the wish for it is left. */
function outlivedBy(
  { outlived = [] }: Seen,
  named: string,
  namespace: string | undefined,
): string | undefined {
  const name = serviceName(named, namespace)
  return name !== undefined && outlived.includes(name) ? name : undefined
}

async function forget({ terminal, flags, place }: Call, service: string): Promise<ExitStatus> {
  const plan: MovePlan = {
    services: [service],
    moves: [],
    stay: [],
    silenced: [],
    wishes: new Map([[service, undefined]]),
  }
  if (flags.output !== 'text') terminal.out(planned(service, plan, flags, terminal))
  else terminal.out(`${service}: the Service is gone, and so is the wish${flags.dryRun ? ' then' : ''}\n`)
  if (!flags.dryRun) await place.move(plan.wishes)
  return 0
}

function serviceAmong({ services }: Facts, named: string, namespace: string | undefined): string {
  const address = parseAddress(named)
  if (address !== undefined) {
    const holders = services.filter((service) => statusAddresses(service).includes(address)).map(nameOf)
    const [first] = holders.sort()
    if (first === undefined) throw new Error(`no Service has the address ${named}`)
    return first
  }
  const name = serviceName(named, namespace)
  const known = services.map((service) => `svc/${nameOf(service)}`)
  if (name !== undefined && known.includes(`svc/${name}`)) return name
  const like = didYouMean(`svc/${name ?? named}`, known)
  throw new Error(`found no Service ${name ?? quote(named)}, allowed: ${few(known, 6) || 'none'}${like}`)
}

/**
 * The command takes back what it wrote; a manifest in the folder is the user's own. Where one asks for another node than
 * the plan does, the nodes decide otherwise than planned: nothing is left asked for.
 */
async function checkMet({ place, flags: { to } }: Call, before: Facts, plan: MovePlan): Promise<void> {
  const { facts } = await place.read()
  const asking = facts.services.filter((one) => plan.services.includes(nameOf(one)) && moveOf(one.metadata))
  const left = asking.filter((one) => moveOf(one.metadata) !== to)
  if (left.length === 0) return
  const wishes = new Map(before.services.map((one) => [nameOf(one), moveOf(one.metadata)]))
  const asked = [...plan.wishes].filter(([, node]) => node !== undefined)
  await place.move(new Map(asked.map(([name]) => [name, wishes.get(name)])))
  const names = left.map((one) => `${nameOf(one)} (${moveOf(one.metadata)})`).join(', ')
  throw new Error(
    `the manifest itself asks for a node, remove the annotation ${moveAnnotation} there: ${names}`,
  )
}

function planned(service: string, plan: MovePlan, { output, to }: Flags, terminal: Terminal): string {
  if (output === 'text') return moveText(service, plan, paintFor(terminal))
  const { wishes: _, ...rest } = plan
  const kind = { apiVersion: 'heraldlb.io/v1alpha1', kind: 'MovePlan' }
  return serialised({ ...kind, service, ...(to !== undefined && { node: to }), ...rest }, output)
}

async function finish(
  { terminal, flags, place }: Call,
  service: string,
  plan: MovePlan,
): Promise<ExitStatus> {
  // A document for programs stays the only thing on standard output.
  const say = (text: string): void => terminal[flags.output === 'text' ? 'out' : 'err'](`${text}\n`)
  const { to, timeout, once } = flags
  const left = await carriedOut(plan, {
    place,
    timeout,
    say,
    exact: true,
  })
  if (left.length > 0) {
    const asked = to === undefined ? '' : ', and still asked for'
    say(`${service}: not moved in time${asked}: ${few(left)}`)
    return 1
  }
  if (once) await place.move(new Map(plan.services.map((name) => [name, undefined])))
  say(to === undefined ? `${service}: the election decides` : `${service}: ${to} answers`)
  return 0
}
