/* A stranger owns the first address of a pool: on real packets, what a Service is given, who says so, and how it ends. */
import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { bundleProgram, type Program } from './program.ts'
import { Cluster, l2Advertisement, pool, service } from './standalone-cluster.ts'

const [taken, free] = ['192.168.10.200', '192.168.10.201']
const quarantine = 3

let program: Program
let cluster: Cluster

beforeAll(async () => {
  program = await bundleProgram()
  cluster = await Cluster.make(program)
  await cluster.put('pools.yaml', pool('lan', `${taken}-${free}`, 'fd00:10::200/128'), l2Advertisement('lan'))
  await cluster.client.ip(`addr add ${taken}/32 dev eth0`)
  await cluster.put('nodes.yaml')
})
afterAll(async () => {
  await cluster?.dispose()
  program?.remove()
})

const assigned = (name: string) =>
  cluster.view('node1')?.services.find((one) => one.service === `default/${name}`)

describe('an address that a stranger answers for', () => {
  it('is given to nobody until the stranger has left and its quarantine has ended', async () => {
    cluster.start(
      'node1',
      '--probe-before-assign',
      '--quarantine',
      `${quarantine}s`,
      '--metrics-address',
      ':7472',
    )
    await cluster.ready('node1')
    await cluster.put('web.yaml', service('web'))
    await cluster.put('exact.yaml', service('exact', { 'metallb.io/loadBalancerIPs': taken }))
    expect(await cluster.addresses('default/web', ['node1'])).toEqual([free])
    expect(await cluster.owner(free, ['node1'])).toBe('node1')

    const stranger = cluster.client.mac()
    await cluster.until('the Service that asks for it to be told', () => {
      const { addresses, reason, message } = assigned('exact') ?? {}
      const told = message?.includes(`${stranger} answers for it on eth0 of node1`)
      return told && addresses?.length === 0 && reason === 'AddressQuarantined'
    })
    // Its quarantine ends over and over, and is begun anew when it has been asked about.
    await cluster.until('herald status to show it', async () => {
      const { stdout } = await cluster.run('status', cluster.folder)
      return new RegExp(`^${taken} +\\S+Z +${stranger} +eth0 of node1$`, 'm').test(stdout)
    })
    await cluster.until('the metrics to count it', async () => {
      const scraped = await cluster.lab.node('node1').run(['curl', '-s', 'http://127.0.0.1:7472/metrics'])
      const counted = /^herald_candidates_total\{found="taken"\} [1-9]/m.test(scraped)
      return counted && /^herald_quarantined_addresses\{pool="lan"\} 1$/m.test(scraped)
    })

    await cluster.client.ip(`addr del ${taken}/32 dev eth0`)
    expect(await cluster.addresses('default/exact', ['node1'])).toEqual([taken])
    expect(await cluster.soleAnswerer(taken, ['node1'])).toBe('node1')
    expect(cluster.view('node1')?.quarantine).toBeUndefined()
    expect(await cluster.addresses('default/web', ['node1'])).toEqual([free])
  }, 60_000)

  it('stays with a Service that has it: that is an alarm, and no move', async () => {
    await cluster.client.ip(`addr add ${free}/32 dev eth0`)
    await cluster.client.exec(['arping', '-U', '-c', '1', '-w', '1', '-I', 'eth0', '-S', free, free])
    await cluster.until('the conflict', () => (cluster.view('node1')?.conflicts.length ?? 0) > 0)
    await cluster.herald('node1').stop()
    cluster.start('node1', '--probe-before-assign')
    await cluster.until('a view of the new process', () => cluster.view('node1')?.role === 'allocating')
    // Had it asked, it would know after a second and a half.
    await sleep(2000)
    expect(assigned('web')?.addresses).toEqual([free])
    expect(cluster.view('node1')?.quarantine).toBeUndefined()
  }, 60_000)
})
