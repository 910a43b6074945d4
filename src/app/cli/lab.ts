/* herald lab: network-namespace topologies to play with. The one place where the program knows the lab. */
import { once } from 'node:events'

import { Command, InvalidArgumentError, Option } from 'commander'

import { parseAddress } from '#core/model/address.ts'
import {
  describeMissing,
  type Lab,
  type LabNode,
  labRequirements,
  listLabs,
  ROUTER_KINDS,
  type StartedTopology,
  type StartOptions,
  sweepStaleLabs,
  type Topology,
  TOPOLOGIES,
} from '#lab/index.ts'

type Service = StartOptions['services'][number]

/** Exit status 0 when all went well, 1 when a lab could not be made; usage errors are commander's. */
export function labCommand(): Command {
  const lab = new Command('lab')
    .description('bring up a network of namespaces to try Herald in')
    .action(() => console.log(listing()))
  lab
    .command('list')
    .description('topologies, and the labs that are up')
    .action(() => console.log(listing()))
  lab
    .command('start')
    .description('bring a topology up, print how to enter it, and take it down on Ctrl-C')
    .argument('<topology>', TOPOLOGIES.map(({ name }) => name).join(' or '), parseTopology)
    .addOption(new Option('--router <program>', 'what the router runs').choices(ROUTER_KINDS).default('frr'))
    .option(
      '--service <address:port>',
      'a service address that the nodes forward to their pods; repeatable',
      addService,
      [],
    )
    .action(start)
  lab.command('sweep').description('remove the labs of processes that are gone').action(sweep)
  return lab
}

function listing(): string {
  const width = Math.max(...TOPOLOGIES.map(({ name }) => name.length))
  const topologies = TOPOLOGIES.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`)
  const labs = listLabs().map(
    ({ id, owner }) => `  ${id}  process ${owner.pid}${owner.alive ? '' : ', gone'}`,
  )
  const up =
    labs.length === 0 ? [] : ['', 'Up now (herald lab sweep removes those whose process is gone):', ...labs]
  return ['Topologies (herald lab start NAME):', ...topologies, ...up].join('\n')
}

async function start(
  topology: Topology,
  options: { router: StartOptions['router']; service: Service[] },
): Promise<void> {
  const wanted: StartOptions = { router: options.router, services: options.service }
  const requirements = await labRequirements(topology.features(wanted))
  if (!requirements.ok) {
    console.error(describeMissing(requirements))
    process.exitCode = 1
    return
  }
  const started = await topology.start(wanted)
  // Registered before the first word is printed: whoever waits for that word may press Ctrl-C at once.
  const ended = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  console.log(description(started, wanted.services))
  await ended
  await started.lab.dispose()
  console.log(`\n${started.lab.id} is gone.`)
}

function description({ lab, hints }: StartedTopology, services: readonly Service[]): string {
  const width = Math.max(...lab.nodes.map(({ name }) => name.length))
  return [
    `${lab.id} is up; Ctrl-C takes it down.`,
    '',
    'Nodes:',
    ...lab.nodes.map((node) => `  ${node.name.padEnd(width)}  ${addresses(node)}`),
    '',
    'Enter one:',
    `  ${entrance(lab)}`,
    ...hints.flatMap(({ command, to }) => [`To ${to}:`, `  ${command}`]),
    ...(services.length === 0 ? [] : ['Forwarded by every node to the pods:', ...services.map(serviceLine)]),
  ].join('\n')
}

function addresses(node: LabNode): string {
  return node.interfaces.map(({ name, addresses }) => `${name} ${addresses.join(' ')}`).join(', ')
}

function entrance(lab: Lab): string {
  return (lab.nodes[0]?.argv(['bash']) ?? []).join(' ')
}

function serviceLine({ address, port, protocol }: Service): string {
  return `  ${address} port ${port}/${protocol.toLowerCase()}`
}

function sweep(): void {
  const ids = sweepStaleLabs()
  console.log(ids.length === 0 ? 'nothing to remove' : `removed ${ids.join(', ')}`)
}

function parseTopology(name: string): Topology {
  const found = TOPOLOGIES.find((topology) => topology.name === name)
  if (found === undefined)
    throw new InvalidArgumentError(`It is none of ${TOPOLOGIES.map((topology) => topology.name).join(', ')}.`)
  return found
}

/** `192.168.10.1:18081`, `[fc00::1]:18081`, with `/udp` behind for UDP. */
function addService(text: string, before: readonly Service[]): Service[] {
  const match = /^\[?([0-9a-fA-F.:]+?)\]?:(\d+)(\/tcp|\/udp)?$/.exec(text)
  const address = parseAddress(match?.[1] ?? '')
  const port = Number(match?.[2])
  if (address === undefined || !(port >= 1 && port <= 65_535))
    throw new InvalidArgumentError('It is not ADDRESS:PORT with an optional /tcp or /udp behind.')
  return [...before, { address, port, protocol: match?.[3] === '/udp' ? 'UDP' : 'TCP' }]
}
