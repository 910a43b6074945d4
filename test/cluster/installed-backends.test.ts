/* The overlays frr and gobgp as deploy/ has them: a real FRR and a real gobgpd beside the speaker, in its Pod. */
import { fileURLToPath } from 'node:url'

import { afterEach, beforeAll, afterAll, expect, test } from 'vitest'

import { Frr, Installation, until, type KubeCluster } from '#lab/index.ts'

import { bundleProgram, type Program } from '../system/program.ts'
import { describeCluster, startCluster } from './cluster-harness.ts'
import { own, service } from './speakers.ts'

/** What the router's log says of the two UPDATEs. */
const farewell = /rcvd UPDATE .*community graceful-shutdown/
const withdrawal = /rcvd UPDATE .*10\.99\.0\.0\/32.* withdrawn/

const overlays = fileURLToPath(new URL('../../deploy/kustomize/overlays', import.meta.url))

/** What docker-start is in FRR's images; there is no tini on this machine, and the test ends the processes. */
const dockerStart = 'source /usr/lib/frr/frrcommon.sh && exec /usr/lib/frr/watchfrr $(daemon_list)'
const commands = { frr: ['bash', '-c', dockerStart] }

describeCluster('Herald as installed, with another backend', () => {
  let cluster: KubeCluster | undefined
  let program: Program

  beforeAll(async () => {
    program = await bundleProgram()
  })

  afterEach(() => cluster?.dispose())
  afterAll(() => program?.remove())

  test.each(['frr', 'gobgp'])(
    'the overlay %s announces a Service by the backend in the same Pod',
    async (backend) => {
      cluster = await startCluster({ nodes: ['node1'], kubeProxy: false })
      await cluster.addPod({ name: 'web', node: 'node1', labels: { app: 'web' } })
      const tor = { myASN: 64_513, peerASN: 64_512, peerAddress: '192.168.8.1' }
      const neighbors = [{ address: cluster.node('node1').address(), asn: tor.myASN }]
      const router = new Frr(cluster.node('router'), {
        config: { asn: tor.peerASN, routerId: tor.peerAddress, neighbors },
      })
      await router.start()
      const herald = await Installation.apply(cluster, {
        overlay: `${overlays}/${backend}`,
        herald: program.script,
        commands,
      })
      await cluster.apply(
        own('IPAddressPool', 'fabric', { addresses: ['10.99.0.0/24'] }),
        own('BGPAdvertisement', 'fabric', { ipAddressPools: ['fabric'] }),
        own('BGPPeer', 'tor', tor, 'metallb.io/v1beta2'),
        service('web'),
      )
      const node = cluster.node('router')
      const sidecar = backend === 'frr' ? 'frr' : 'gobgpd'
      await until(
        'the route in the router’s kernel',
        async () => {
          const route = (await node.routes()).find(({ dst }) => dst === '10.99.0.0')
          if (route?.gateway === neighbors[0]?.address) return true
          const said = [herald.speaker('node1'), herald.beside('node1', sidecar)]
          throw new Error(said.map(({ lines }) => lines.slice(-12).join('\n')).join('\n---\n'))
        },
        { timeout: 30_000 },
      )
      expect(herald.speaker('node1').output).toContain(`"bgpBackend":"${backend}"`)
      expect(herald.beside('node1', sidecar).running).toBe(true)
      await judgedByTheSameBackend(cluster, backend)
      await drainedWithItsPod(herald, router)
    },
  )

  /** The router is asked to look elsewhere, and told that the route goes, before the session does. */
  async function drainedWithItsPod(herald: Installation, router: Frr): Promise<void> {
    // It writes down what it is told: the route is the last choice for one second only, which a look may miss.
    await router.vtysh('debug bgp updates in')
    await herald.end('node1')
    expect(herald.speaker('node1').output).toContain('"msg":"withdrawn"')
    await until('the router to be told of the end', () => withdrawal.test(router.output))
    expect(router.output.slice(0, router.output.search(withdrawal))).toMatch(farewell)
    expect(await router.vtysh('show bgp ipv4 unicast 10.99.0.0/32')).toContain('Network not in table')
  }

  /** What herald's own BGP refuses and this backend takes is no fault here, for the controller neither. */
  async function judgedByTheSameBackend(cluster: KubeCluster, backend: string): Promise<void> {
    if (backend !== 'frr') return
    const vrf = { myASN: 64_513, peerASN: 64_512, peerAddress: '192.168.8.2', vrf: 'red' }
    const elsewhere = { nodeSelectors: [{ matchLabels: { rack: 'none' } }] }
    await cluster.apply(
      own('BGPPeer', 'red', { ...vrf, ...elsewhere }, 'metallb.io/v1beta2'),
      own('L2Advertisement', 'faulty', { ipAddressPools: ['nowhere'] }),
    )
    const path = '/apis/metallb.io/v1beta1/namespaces/metallb-system/configurationstates/controller'
    const told = await until('the controller to tell of what is faulty', async () => {
      const text = JSON.stringify((await cluster.api.find(path))?.status ?? {})
      return text.includes('nowhere') && text
    })
    expect(told).not.toContain('vrf')
  }
})
