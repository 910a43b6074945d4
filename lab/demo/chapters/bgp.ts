/* Chapter 3: the guide's BGP topology with a real FRR as the router, and both nodes as next hops. */
import { Frr, podNetwork, routedTopology, startPods, until, type Lab, type LabProcess } from '../../index.ts'
import { curl, urlOf } from '../client.ts'
import { Probe, type Attempt } from '../probe.ts'
import type { Stage } from '../stage.ts'

const nodes = ['master1', 'worker1'] as const
const service = 'default/metallb-demo'
const address = '10.254.254.1'
const port = 18081

/** As the guide gives it to FRR, its spelling included. */
export const frrConfig = `
router bgp 7675
 bgp router-id 172.16.1.1
 no bgp ebgp-requires-policy
 neighbor 172.16.1.11 remote-as 7776
 neighbor 172.16.1.11 description master1
 neighbor 172.16.2.21 remote-as 7776
 neighbor 172.16.2.21 description worker1
`

interface RouteJson {
  readonly protocol: string
  readonly nexthops: readonly { readonly ip?: string; readonly active?: boolean; readonly fib?: boolean }[]
}

export async function bgpChapter(stage: Stage): Promise<void> {
  const { screen } = stage
  screen.chapter('3', 'BGP: a real FRR router spreads the traffic over both nodes')
  const topology = routedTopology({ nodes })
  const lab = await stage.raise(topology)
  const router = lab.node('router')
  const cluster = stage.cluster(lab, 'bgp')
  const heralds = new Map<string, LabProcess>()
  const frr = new Frr(router, { config: frrConfig, daemons: ['bgpd'] })

  await screen.step('FRR (AS 7675) and two nodes (AS 7776) bring their sessions up.', async () => {
    // Ports take part in the hash, so that connections of one client spread over both next hops.
    await router.run(['sysctl', '-qw', 'net.ipv4.fib_multipath_hash_policy=1'])
    await Promise.all([frr.start(), startPods(lab, nodes)])
    for (const name of nodes) heralds.set(name, stage.herald(lab.node(name), cluster))
    await cluster.addressesOf(service, heralds)
    await forwardToOwnPod(lab)
    await until('both sessions', async () => (await establishedPeers(frr)) === 2, { timeout: 20_000 })
    screen.quote('vtysh -c "show bgp summary"', await frr.vtysh('show bgp ipv4 unicast summary'))
    screen.holds('both sessions are Established')
  })

  await screen.step(`The router has a route to ${address} with two next hops.`, async () => {
    await until('two next hops', async () => (await fibNextHops(frr, address)).length === 2, {
      timeout: 15_000,
    })
    screen.quote('vtysh -c "show ip route"', await frr.vtysh('show ip route'))
    screen.holds(`next hops: ${(await fibNextHops(frr, address)).join(' and ')}`)
  })

  await screen.step('curl from the router gets the guide’s JSON, from both nodes.', async () => {
    const answers = new Map<string, string>()
    await until(
      'answers of both nodes',
      async () => {
        const { text, answer } = await curl(router, address)
        answers.set(answer.host_name, text)
        return answers.size === nodes.length
      },
      { interval: 0 },
    )
    for (const text of answers.values()) screen.quote(`curl ${address}:${port}`, text)
    screen.holds(`answered by ${[...answers.keys()].sort().join(' and ')}`)
  })

  await screen.step(
    'worker1’s Herald gets SIGTERM while a client opens a connection every 5 ms.',
    async () => {
      const probe = new Probe(router, urlOf(address, port), { every: 5, patience: 1000 })
      await until(
        'answers of both nodes',
        () => new Set(probe.attempts().map(({ said }) => said)).size === nodes.length,
      )
      const asked = Probe.now()
      const ended = heralds.get('worker1')?.stop()
      await until('one next hop', async () => (await fibNextHops(frr, address)).join() === '172.16.1.11', {
        timeout: 5000,
      })
      const gone = Probe.now()
      await ended
      await until('fifty more connections', () => probe.attempts().filter(({ at }) => at > gone).length >= 50)
      const attempts = await probe.stop()
      screen.quote('vtysh -c "show ip route"', routeLines(await frr.vtysh('show ip route')))
      screen.holds(
        `its next hop was gone after ${Math.round(gone - asked)} ms, and ${outcomeOf(attempts, { asked, gone })}`,
      )
    },
  )
}

/**
 * Throws when a connection was lost. One may be open at the moment in which the router moves its flow to the other
 * node, which does not know it and resets it: that is no new connection, and no router keeps it without state.
 */
function outcomeOf(attempts: readonly Attempt[], { asked, gone }: { asked: number; gone: number }): string {
  const failed = attempts.filter(({ ok }) => !ok)
  const [first] = failed
  if (first === undefined) return `none of ${attempts.length} connections failed`
  const openThen = first.said === 'ECONNRESET' && first.at > asked && first.at < gone
  if (failed.length > 1 || !openThen)
    throw new Error(`${failed.length} of ${attempts.length} connections failed: ${first.said}`)
  return `of ${attempts.length} connections only the one was reset that was open when the router moved it`
}

export async function establishedPeers(frr: Frr): Promise<number> {
  const { peers = {} } = await frr.showJson<{ peers?: Record<string, { state: string }> }>(
    'show bgp ipv4 unicast summary',
  )
  return Object.values(peers).filter(({ state }) => state === 'Established').length
}

/** Next hops that FRR has put into the router's kernel. */
export async function fibNextHops(frr: Frr, to: string): Promise<string[]> {
  const routes = await frr.showJson<Record<string, readonly RouteJson[]>>(`show ip route ${to}/32`)
  const hops = routes[`${to}/32`]?.flatMap(({ nexthops }) => nexthops) ?? []
  return hops
    .filter(({ fib }) => fib === true)
    .flatMap(({ ip }) => ip ?? [])
    .sort()
}

/** The lines of the service's route alone. */
function routeLines(table: string): string {
  const lines = table.split('\n')
  const first = lines.findIndex((line) => line.includes(`${address}/32`))
  const rest = lines.slice(first + 1)
  const others = rest.findIndex((line) => !line.startsWith('  *'))
  return [lines[first] ?? '', ...rest.slice(0, others)].join('\n')
}

async function forwardToOwnPod(lab: Lab): Promise<void> {
  for (const [index, name] of nodes.entries()) {
    const backends = [{ address: podNetwork(index).pod, port: 8080 }]
    await lab.node(name).forwardService({ address, port, protocol: 'TCP', backends })
  }
}
