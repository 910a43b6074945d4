/* Three Heralds on one folder, on real packets: who allocates, who answers, and what survives whom. */
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { bundleProgram, type Program } from './program.ts'
import { Cluster, l2Advertisement, others, pool, service } from './standalone-cluster.ts'

let program: Program
let cluster: Cluster

beforeAll(async () => {
  program = await bundleProgram()
})
afterAll(() => program.remove())

beforeEach(async () => {
  cluster = await Cluster.make(program)
  await cluster.put('pools.yaml', pool('lan', '192.168.10.0/24'), l2Advertisement('lan'))
  await cluster.put('web.yaml', service('web'))
  await cluster.startAll()
})
afterEach(() => cluster.dispose())

describe('three nodes on one folder', () => {
  it('have one that allocates and one that answers, and follow every change of the folder', async () => {
    const allocator = await cluster.allocator()
    const [address = ''] = await cluster.addresses('default/web')
    const owner = await cluster.soleAnswerer(address)
    await cluster.until(`all but ${allocator} to follow`, () =>
      others(allocator).every((other) => cluster.view(other)?.role === 'following'),
    )
    expect(cluster.view(allocator)).toMatchObject({ role: 'allocating', term: 1 })

    await cluster.put('db.yaml', service('db'))
    const [second = ''] = await cluster.addresses('default/db')
    expect(second).not.toBe(address)
    await cluster.owner(second)
    await cluster.remove('db.yaml')
    await cluster.until('nobody to serve the removed address', () =>
      [owner, ...others(owner)].every((name) => !cluster.serving(name, second)),
    )
    expect(await cluster.answerers(second)).toEqual([])
    expect(cluster.serving(owner, address)).toBe(true)

    const { stdout, code } = await cluster.run('status', cluster.folder)
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`^${address} +${owner} +l2 +serving +eth0$`, 'm'))
  })

  it('survive kill -9 of the one that allocates: its addresses stay, another allocates and answers', async () => {
    const allocator = await cluster.allocator()
    const [address = ''] = await cluster.addresses('default/web')
    cluster.herald(allocator).kill('SIGKILL')
    const rest = others(allocator)
    await cluster.soleAnswerer(address, rest)
    await cluster.allocator(rest)
    await cluster.put('db.yaml', service('db'))
    const [second = ''] = await cluster.addresses('default/db', rest)
    expect(second).not.toBe(address)
    expect(await cluster.addresses('default/web', rest)).toEqual([address])
  })

  it('survive a frozen one, which falls silent and follows when it wakes', async () => {
    const [address = ''] = await cluster.addresses('default/web')
    const allocator = await cluster.allocator()
    cluster.herald(allocator).freeze()
    const rest = others(allocator)
    await cluster.allocator(rest)
    await cluster.soleAnswerer(address, rest)
    await cluster.put('db.yaml', service('db'))
    const [second = ''] = await cluster.addresses('default/db', rest)

    cluster.herald(allocator).thaw()
    await cluster.until(`${allocator} to follow`, () => cluster.view(allocator)?.role === 'following')
    expect(await cluster.addresses('default/web')).toEqual([address])
    expect(await cluster.addresses('default/db')).toEqual([second])
    await cluster.soleAnswerer(address)
    expect(await cluster.allocator()).not.toBe(allocator)
  })

  it('take over at once from one that is told to stop, which ends with status 0', async () => {
    const [address = ''] = await cluster.addresses('default/web')
    const owner = await cluster.owner(address)
    expect(await cluster.herald(owner).stop()).toEqual({ code: 0, signal: null })
    expect(cluster.view(owner)).toMatchObject({ role: 'stopped', announcements: [] })
    expect(cluster.herald(owner).output).toMatch(/"addresses":1,"seconds":0\.\d+.*"msg":"withdrawn"/)
    const heir = await cluster.soleAnswerer(address, others(owner))
    expect(cluster.view(heir)?.members.find(({ node }) => node === owner)?.detail).toBe('left')
  })

  it('keep every address when all of them are restarted, in whatever order', async () => {
    await cluster.put('more.yaml', ...Array.from({ length: 20 }, (_, n) => service(`s${n}`)))
    const services = ['web', ...Array.from({ length: 20 }, (_, n) => `s${n}`)].map(
      (name) => `default/${name}`,
    )
    const before = new Map<string, readonly string[]>()
    for (const name of services) before.set(name, await cluster.addresses(name))
    for (const name of ['node3', 'node1', 'node2'] as const) {
      const ended = await (name === 'node1'
        ? (cluster.herald(name).kill('SIGKILL'), cluster.herald(name).exited)
        : cluster.herald(name).stop())
      expect(ended.code === 0 || ended.signal === 'SIGKILL').toBe(true)
    }
    for (const name of ['node2', 'node3', 'node1'] as const) {
      cluster.start(name)
      await cluster.ready(name)
    }
    for (const name of services) expect(await cluster.addresses(name)).toEqual(before.get(name))
  })

  it('write nothing at rest but the sign of life of the one that allocates', async () => {
    const [address = ''] = await cluster.addresses('default/web')
    await cluster.owner(address)
    await cluster.allocator()
    const stamps = () =>
      cluster.client.run(['find', join(cluster.folder, '.herald'), '-printf', '%p %i %T@\n'])
    const alive = (text: string) => /^.*alive-.*$/m.exec(text)?.[0]
    const but = (text: string) =>
      text
        .split('\n')
        .filter((line) => !/alive-/.test(line))
        .sort()
    await cluster.until('two signs of life with nothing else written between them', async () => {
      const before = await stamps()
      await cluster.until('a sign of life', async () => alive(await stamps()) !== alive(before))
      const after = await stamps()
      expect(alive(before)).toBeDefined()
      return but(after).join() === but(before).join()
    })
  })
})

describe('a signal', () => {
  it('that comes a second time ends the process at once', async () => {
    const herald = cluster.herald('node1')
    herald.kill('SIGTERM')
    herald.kill('SIGINT')
    herald.kill('SIGTERM')
    const { code, signal } = await herald.exited
    expect(signal).toBeNull()
    expect([0, 130, 143]).toContain(code)
  })
})
