/* Chapter 1 in a cluster: the guide's manifests applied with kubectl, an address on the segment, and its owner's death. */
import { lanClusterTopology, until } from '../../index.ts'
import { urlOf, whoAnswers } from '../client.ts'
import { firstAnswer, Probe } from '../probe.ts'
import type { Stage } from '../stage.ts'
import { Scene } from './scene.ts'

const nodes = ['kind-control-plane', 'kind-worker', 'kind-worker2']
const service = 'metallb1-cluster'
const port = 18081
const client = 'client'
const clientAddress = '192.168.11.100'

/** The scene as the next chapter finds it. */
export interface L2Scene {
  readonly scene: Scene
  readonly address: string
  /** Whose speaker answers for the address. */
  readonly owner: string
}

export async function l2Chapter(stage: Stage): Promise<L2Scene> {
  const { screen } = stage
  screen.chapter('1', 'L2 in a cluster: one node answers for the address, another takes over')
  const cluster = await stage.raiseCluster({ nodes, topology: lanClusterTopology(nodes) })
  const { lab } = cluster
  let scene = undefined as unknown as Scene
  let addresses: readonly string[] = []
  const owner = async (address: string): Promise<string> =>
    (await whoAnswers(lab, lab.node(client), address)).node

  await screen.step(
    'A real API server, three nodes with kube-proxy, and Herald from its kustomization.',
    async () => {
      for (const node of nodes)
        await cluster.addPod({ name: `web-${node}`, node, labels: { app: 'metallb-cluster' } })
      scene = await Scene.install(screen, cluster)
      screen.holds('each runs with its ServiceAccount’s rights and its container’s capabilities, no others')
    },
  )

  await screen.step('The guide’s pool, advertisement and Service, applied with kubectl.', async () => {
    await scene.apply('l2', '10-demo-pool.yaml', '20-l2advertisement.yaml', '30-service.yaml')
    addresses = await cluster.addressesOf(service)
    await scene.show('get', 'service', service)
    screen.holds(`${service} has ${addresses.join(' and ')}`)
  })

  await screen.step('As the guide writes it, kind-control-plane answers, by ARP and by NDP.', async () => {
    for (const address of addresses) {
      const { text } = await scene.answer(client, address)
      const { node, entry } = await whoAnswers(lab, lab.node(client), address)
      if (node !== 'kind-control-plane') throw new Error(`${node} answers for ${address}`)
      screen.quote(`ip neigh show to ${address}`, entry)
      screen.quote(`curl ${urlOf(address, port)}`, text)
    }
    await until('its status', async () => (await cluster.kubectl(...statuses)).includes('kind-control-plane'))
    await scene.show(...statuses)
    screen.holds('and its ServiceL2Status says so')
  })

  const [address = ''] = addresses
  await screen.step('externalTrafficPolicy: Cluster hides the client, Local shows it.', async () => {
    const hidden = await scene.answer(client, address, (answer) => answer.client_ip !== clientAddress)
    screen.quote(`curl ${urlOf(address, port)}`, hidden.text)
    await scene.show('patch', 'service', service, '-p', '{"spec":{"externalTrafficPolicy":"Local"}}')
    const seen = await scene.answer(client, address, (answer) => answer.client_ip === clientAddress)
    screen.quote(`curl ${urlOf(address, port)}`, seen.text)
    screen.holds(`with Local the Pod sees ${clientAddress}`)
  })

  let winner = ''
  await screen.step(
    'Without the node selector every node is a candidate, and the election decides.',
    async () => {
      await scene.apply('l2-any-node', '20-l2advertisement.yaml')
      const elected = await until('the winner to answer', async () => {
        const text = await scene.explain(`default/${service}`)
        const node = await owner(address)
        return text.includes(`→ ${address}`) && lineOf(text, address).includes(node) && { node, text }
      })
      winner = elected.node
      screen.quote(`herald explain svc/default/${service}`, elected.text)
      screen.holds(`${winner} answers`)
    },
  )

  await screen.step(
    `${winner} dies silently: its cable is cut and its speaker frozen. A client keeps asking.`,
    async () => {
      const probe = new Probe(lab.node(client), urlOf(address, port), { every: 10, patience: 200 })
      await until('the probe to be answered', () => probe.attempts().some(({ ok }) => ok))
      const began = Probe.now()
      await lab.node(winner).cutLink()
      const cut = Probe.now()
      scene.herald.speaker(winner).freeze()
      const answered = await until('an answer after the cut', () => firstAnswer(probe.attempts(), cut))
      await probe.stop()
      const heir = await owner(address)
      await scene.show('events', '--for', `service/${service}`)
      screen.holds(
        `${heir} took over: the client waited ${Math.round(answered - began)} ms for its next answer`,
      )
      await lab.node(winner).healLink()
      scene.herald.speaker(winner).thaw()
    },
  )

  let quiet = 0
  await until(
    'the address to be back for good',
    async () => {
      quiet = (await owner(address)) === winner ? quiet + 1 : 0
      return quiet > 10
    },
    { timeout: 30_000, interval: 100 },
  )
  return { scene, address, owner: winner }
}

const statuses = ['get', 'servicel2statuses', '-n', 'metallb-system']

/** Of what `herald explain` prints, who announces the address. */
function lineOf(text: string, address: string): string {
  return text.split('\n').find((line) => line.includes(`→ ${address}`)) ?? ''
}
