/* `--election=stable` on real packets: what a node holds stays where it is, whoever comes or returns. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { bundleProgram, type Program } from './program.ts'
import { Cluster, l2Advertisement, others, pool, service } from './standalone-cluster.ts'

const services = Array.from({ length: 12 }, (_, index) => `web-${index}`)
const flags = ['--election', 'stable']

let program: Program
let cluster: Cluster

beforeAll(async () => {
  program = await bundleProgram()
  cluster = await Cluster.make(program)
  await cluster.put('pools.yaml', pool('lan', '192.168.10.0/24'), l2Advertisement('lan'))
  await cluster.startAll(...flags)
  // Whoever starts first would have them all, and keep them.
  await cluster.put('web.yaml', ...services.map((name) => service(name)))
})
afterAll(async () => {
  await cluster.dispose()
  program.remove()
})

/** Owner by address, once all of the nodes say the same and each owner is one of them and serves. */
function owners(among: readonly string[]): Promise<ReadonlyMap<string, string>> {
  return cluster.until(`the same ${services.length} owners on ${among.join(', ')}`, () => {
    const [first, ...rest] = among.map((name) => cluster.view(name)?.owners ?? [])
    const text = (list: typeof first): string =>
      (list ?? []).map(({ address, winner }) => `${address} ${winner}`).join()
    if (first?.length !== services.length || rest.some((list) => text(list) !== text(first))) return false
    const serve = first.every(
      ({ address, winner = '' }) => among.includes(winner) && cluster.serving(winner, address),
    )
    return serve && new Map(first.map(({ address, winner = '' }) => [address, winner]))
  })
}

describe('stable election among three nodes', () => {
  it('spreads the addresses, moves those of a dead node alone, and nothing when it returns', async () => {
    const before = await owners(['node1', 'node2', 'node3'])
    const held = (name: string): number => [...before.values()].filter((owner) => owner === name).length
    for (const name of ['node1', 'node2', 'node3']) expect(held(name)).toBeLessThanOrEqual(5)

    cluster.herald('node2').kill('SIGKILL')
    const during = await owners(others('node2'))
    for (const [address, owner] of before) {
      if (owner === 'node2') expect(during.get(address)).not.toBe('node2')
      else expect(during.get(address)).toBe(owner)
    }

    cluster.start('node2', ...flags)
    await cluster.ready('node2')
    await cluster.until('node2 to be a member again', () =>
      cluster.view('node1')?.members.every(({ alive }) => alive),
    )
    await cluster.put('more.yaml', service('later'))
    const [later = ''] = await cluster.addresses('default/later')
    expect(await cluster.soleAnswerer(later)).toBe('node2')
    for (const name of ['node1', 'node2', 'node3'])
      for (const { address, winner } of cluster.view(name)?.owners ?? [])
        if (address !== later) expect(`${address} ${winner}`).toBe(`${address} ${during.get(address)}`)
  })
})
