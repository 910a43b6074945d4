/* Chapter 2 in a cluster: the API server dies, and nobody on the segment notices. */
import { until } from '../../index.ts'
import { urlOf } from '../client.ts'
import { Probe, type Attempt } from '../probe.ts'
import type { Stage } from '../stage.ts'
import type { L2Scene } from './l2.ts'

const away = 5000

export async function outageChapter(stage: Stage, { scene, address, owner }: L2Scene): Promise<void> {
  const { screen } = stage
  const { cluster, herald } = scene
  screen.chapter('2', 'The API server dies, and nobody on the segment notices')
  const probe = new Probe(cluster.node('client'), urlOf(address, 18081), { every: 10, patience: 1000 })
  const began = Probe.now()

  await screen.step('kube-apiserver is killed. One speaker is killed too, and started again.', async () => {
    await cluster.controlPlane.kill9('kube-apiserver')
    const other = cluster.nodes.find((node) => node !== owner) ?? ''
    herald.speaker(other).kill('SIGKILL')
    await herald.speaker(other).exited
    const again = herald.restart(other)
    const line = await until(
      'it to go on from its snapshot',
      () => again.lines.find((text) => text.includes('going on from the snapshot')),
      { timeout: 20_000 },
    )
    screen.quote(`kubectl logs herald-speaker-… (on ${other})`, line)
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, began + away - Probe.now())))
    screen.holds('it announces what the one before it had read')
  })

  await screen.step('The API server is started again, and a new Service applied.', async () => {
    await cluster.controlPlane.start()
    const back = Probe.now()
    const spec = { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports: [{ port: 80 }] }
    await cluster.apply({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'next' }, spec })
    await cluster.addressesOf('next')
    const addressed = Probe.now()
    await scene.show('get', 'service', 'next')
    screen.holds(`it had its address ${Math.round(addressed - back)} ms after the API server answered`)
    const attempts = await probe.stop()
    const failed = attempts.filter(({ ok }) => !ok)
    if (failed.length > 0) throw new Error(whatFailed(failed, attempts.length, began) + journal(scene))
    screen.holds(`none of the client’s ${attempts.length} connections failed meanwhile`)
  })
}

function whatFailed(failed: readonly Attempt[], count: number, began: number): string {
  const each = failed.map(
    ({ at, said, took }) => `${said} at ${Math.round(at - began)} ms (+${Math.round(took)})`,
  )
  return `${failed.length} of ${count} connections failed: ${each.slice(0, 10).join(', ')}`
}

/** The last words of every speaker, for whoever has to find out why. */
function journal({ cluster, herald }: L2Scene['scene']): string {
  const words = cluster.nodes.map(
    (node) => `--- ${node}\n${herald.speaker(node).lines.slice(-12).join('\n')}`,
  )
  return `\n${words.join('\n')}`
}
