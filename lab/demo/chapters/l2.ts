/* Chapter 1: an address answered by ARP and NDP, and taken over when its owner dies without a word. */
import { bridgeTopology, podNetwork, startPods, until, type Lab, type LabProcess } from '../../index.ts'
import { curl, urlOf, whoAnswers } from '../client.ts'
import type { Cluster } from '../cluster.ts'
import { firstAnswer, Probe } from '../probe.ts'
import type { Stage } from '../stage.ts'

const nodes = ['kind-control-plane', 'kind-worker', 'kind-worker2']
const service = 'default/metallb1-cluster'
const port = 18081

/** The scene as the next chapter finds it. */
export interface L2Scene {
  readonly lab: Lab
  readonly cluster: Cluster
  /** Names of the nodes whose Herald runs. */
  readonly alive: readonly string[]
}

export async function l2Chapter(stage: Stage): Promise<L2Scene> {
  const { screen } = stage
  screen.chapter('1', 'L2: one node answers for the address, another takes over')
  const lab = await stage.raise(
    bridgeTopology({
      nodes,
      clientRoutes: ['172.16.13.0/24', '1.2.3.4/32'].map((to) => ({ to, dev: 'eth0' })),
    }),
  )
  const cluster = stage.cluster(lab, 'l2')
  const heralds = new Map<string, LabProcess>()
  let addresses: readonly string[] = []

  await screen.step('Three nodes read one folder; one of them allocates, the others follow.', async () => {
    await startPods(lab, nodes, { podName: 'metallb-cluster', tcpPorts: [8080, 53], udpPorts: [53] })
    for (const name of nodes) heralds.set(name, stage.herald(lab.node(name), cluster))
    addresses = await cluster.addressesOf(service, heralds)
    await forwardToOwnPod(lab, addresses, port)
    screen.holds(
      `${service} has ${addresses.join(' and ')} from demo-pool, allocated by ${cluster.allocator()}`,
    )
  })

  await screen.step(
    'As the guide writes it, the L2Advertisement selects kind-control-plane: that node answers.',
    async () => {
      for (const address of addresses) {
        await cluster.serving(address, 'kind-control-plane', heralds)
        const { node, entry } = await whoAnswers(lab, lab.node('client'), address)
        if (node !== 'kind-control-plane') throw new Error(`${node} answers for ${address}`)
        screen.quote(`ip neigh show to ${address}`, entry)
        screen.quote(`curl ${urlOf(address, port)}`, (await curl(lab.node('client'), address)).text)
      }
      screen.holds('the client found it by ARP and by NDP, and that is kind-control-plane’s hardware address')
    },
  )

  let winner = ''
  await screen.step(
    'Without the node selector every node is a candidate, and the election decides.',
    async () => {
      cluster.add('l2-any-node')
      const [first = ''] = addresses
      winner = await cluster.electedFor(service, first, heralds)
      await cluster.serving(first, winner, heralds)
      screen.quote(`herald explain svc/${service}`, await cluster.explain(service))
      const { node } = await whoAnswers(lab, lab.node('client'), first)
      if (node !== winner) throw new Error(`${node} answers, ${winner} was elected`)
      screen.holds(`${winner} answers`)
    },
  )

  await screen.step(
    `${winner} dies silently: its cable is cut and its Herald frozen. A client keeps asking.`,
    async () => {
      const [first = ''] = addresses
      const probe = new Probe(lab.node('client'), urlOf(first, port), { every: 10, patience: 200 })
      await until('the probe to be answered', () => probe.attempts().some(({ ok }) => ok))
      const began = Probe.now()
      await lab.node(winner).cutLink()
      const cut = Probe.now()
      heralds.get(winner)?.freeze()
      const answered = await until('an answer after the cut', () => firstAnswer(probe.attempts(), cut))
      await probe.stop()
      const { node, entry } = await whoAnswers(lab, lab.node('client'), first)
      screen.quote(`ip neigh show to ${first}`, entry)
      screen.holds(
        `${node} took over: the client waited ${Math.round(answered - began)} ms for its next answer`,
      )
    },
  )

  return { lab, cluster, alive: nodes.filter((name) => name !== winner) }
}

/** kube-proxy's share: what reaches a node for the Service goes to the pod on that node. */
async function forwardToOwnPod(lab: Lab, addresses: readonly string[], from: number): Promise<void> {
  for (const [index, name] of nodes.entries()) {
    const { pod, pod6 } = podNetwork(index)
    for (const address of addresses) {
      const backends = [{ address: address.includes(':') ? pod6 : pod, port: 8080 }]
      await lab.node(name).forwardService({ address, port: from, protocol: 'TCP', backends })
    }
  }
}
