/* Chapter 2: Services that ask for something, and one that asks for too much. */
import { podNetwork } from '../../index.ts'
import { curl, urlOf } from '../client.ts'
import type { Stage } from '../stage.ts'
import type { L2Scene } from './l2.ts'

export async function requestsChapter(stage: Stage, { lab, cluster, alive }: L2Scene): Promise<void> {
  const { screen } = stage
  const client = lab.node('client')
  screen.chapter('2', 'Requests: a pool, an address, an address for two, and one too many')
  cluster.add('requests')

  await screen.step(
    'A Service that asks for a pool by annotation, and one that asks for an address.',
    async () => {
      const [byPool = ''] = await cluster.assigned('default/metallb-ippool3')
      if (!byPool.startsWith('172.16.13.')) throw new Error(`default/metallb-ippool3 has ${byPool}`)
      const [byAddress = ''] = await cluster.assigned('default/metallb-ippool3-by-address')
      if (byAddress !== '172.16.13.210')
        throw new Error(`default/metallb-ippool3-by-address has ${byAddress}`)
      for (const address of [byPool, byAddress]) {
        await forward(address, 18081, 8080, 'TCP')
        await cluster.servedBySomeone(address, alive)
        screen.quote(`curl ${urlOf(address, 18081)}`, (await curl(client, address)).text)
      }
      screen.holds(
        `metallb-ippool3 has ${byPool} from test-pool, metallb-ippool3-by-address has 172.16.13.210`,
      )
    },
  )

  await screen.step('Two DNS Services share 1.2.3.4 by their key: TCP 53 and UDP 53.', async () => {
    for (const name of ['default/dns-service-tcp', 'default/dns-service-udp']) {
      const [address] = await cluster.assigned(name)
      if (address !== '1.2.3.4') throw new Error(`${name} has ${address}`)
    }
    await forward('1.2.3.4', 53, 53, 'TCP')
    await forward('1.2.3.4', 53, 53, 'UDP')
    await cluster.servedBySomeone('1.2.3.4', alive)
    screen.quote('curl http://1.2.3.4:53/', (await curl(client, '1.2.3.4', 53)).text)
    screen.quote('a datagram to 1.2.3.4:53', await client.run([process.execPath, '-e', askByUdp]))
    screen.holds('both answer on one address')
  })

  await screen.step(
    'A Service that asks for 203.0.113.7, which no pool has, stays without an address.',
    async () => {
      const { reason, message } = await cluster.refused('default/wishful')
      screen.holds(`${reason}: ${message}`)
    },
  )

  /** kube-proxy's share, on the nodes that are left. */
  async function forward(
    address: string,
    port: number,
    podPort: number,
    protocol: 'TCP' | 'UDP',
  ): Promise<void> {
    for (const [index, { name }] of lab.nodes.filter(({ name }) => name.startsWith('kind-')).entries()) {
      const backends = [{ address: podNetwork(index).pod, port: podPort }]
      await lab.node(name).forwardService({ address, port, protocol, backends })
    }
  }
}

const askByUdp = `
const socket = require('node:dgram').createSocket('udp4')
socket.on('message', (answer) => { process.stdout.write(answer); socket.close() })
const ask = () => socket.send('who answers?', 53, '1.2.3.4')
const again = setInterval(ask, 200)
socket.on('close', () => clearInterval(again))
setTimeout(() => process.exit(1), 3000).unref()
ask()
`
