/* Chapter 3 in a cluster: the guide's BGP half, with FRR as the router and a client behind it. */
import { Frr, routedClusterTopology, until } from '../../index.ts'
import { frrConfig, fibNextHops, establishedPeers } from '../chapters/bgp.ts'
import { urlOf } from '../client.ts'
import type { Stage } from '../stage.ts'
import { Scene } from './scene.ts'

const nodes = ['master1', 'worker1'] as const
const service = 'metallb-demo'
const address = '10.254.254.1'
const client = 'client'
const clientAddress = '172.16.3.100'

export async function bgpChapter(stage: Stage): Promise<void> {
  const { screen } = stage
  screen.chapter('3', 'BGP in a cluster: a real FRR router, and a client behind it')
  const cluster = await stage.raiseCluster({ nodes, topology: routedClusterTopology(nodes) })
  const router = cluster.node('router')
  const frr = new Frr(router, { config: frrConfig, daemons: ['bgpd'] })
  const hops = (): Promise<string[]> => fibNextHops(frr, address)
  let scene = undefined as unknown as Scene

  await screen.step('FRR (AS 7675), two nodes (AS 7776), the guide’s objects applied.', async () => {
    await router.run(['sysctl', '-qw', 'net.ipv4.fib_multipath_hash_policy=1'])
    await frr.start()
    for (const node of nodes) await cluster.addPod({ name: `demo-${node}`, node, labels: { app: service } })
    scene = await Scene.install(screen, cluster)
    await scene.apply('bgp', '10-bgp-pool.yaml', '11-vip-pool.yaml', '20-bgpadvertisement.yaml')
    await scene.apply('bgp', '21-bgppeer.yaml', '30-metallb-demo.yaml')
    await cluster.addressesOf(service)
    await scene.show('get', 'service', service)
    await until('both sessions', async () => (await establishedPeers(frr)) === 2, { timeout: 20_000 })
    screen.quote('vtysh -c "show bgp summary"', await frr.vtysh('show bgp ipv4 unicast summary'))
    screen.holds('both sessions are Established')
  })

  await screen.step(`The router has a route to ${address} with two next hops.`, async () => {
    await until('two next hops', async () => (await hops()).length === 2, { timeout: 15_000 })
    screen.quote('vtysh -c "show ip route"', await frr.vtysh('show ip route'))
    await until('both statuses', async () => (await cluster.kubectl(...statuses)).split('\n').length > 3)
    await scene.show(...statuses)
    screen.holds(`next hops: ${(await hops()).join(' and ')}`)
  })

  await screen.step('curl from behind the router gets the guide’s JSON, from both nodes.', async () => {
    const answers = new Map<string, string>()
    await until('answers of both nodes', async () => {
      const { text, answer } = await scene.answer(client, address)
      answers.set(answer.host_name, text)
      return answers.size === nodes.length
    })
    for (const text of answers.values()) screen.quote(`curl ${urlOf(address, 18081)}`, text)
    screen.holds(`answered by ${[...answers.keys()].sort().join(' and ')}`)
  })

  await screen.step('externalTrafficPolicy: Local, and the Pod on master1 is not ready.', async () => {
    await scene.show('patch', 'service', service, '-p', '{"spec":{"externalTrafficPolicy":"Local"}}')
    await cluster.setPodReady('demo-master1', false)
    await until('one next hop', async () => (await hops()).join() === '172.16.2.21', { timeout: 15_000 })
    const { text } = await scene.answer(client, address, (answer) => answer.client_ip === clientAddress)
    screen.quote(`curl ${urlOf(address, 18081)}`, text)
    screen.holds(`only worker1 is a next hop, and its Pod sees the client, ${clientAddress}`)
  })
}

const statuses = ['get', 'servicebgpstatuses', '-n', 'metallb-system']
