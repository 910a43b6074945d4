import { mkdtemp, mkdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { readWishes, wishDrain, wishMove, withWishes } from '#app/standalone/wishes.ts'
import { drainOf, moveOf } from '#core/moves/wishes.ts'

import { service } from '../../core/selection/fixtures.ts'

const nodes = ['constructor', 'node-a'].map((name) => ({
  apiVersion: 'v1' as const,
  kind: 'Node' as const,
  metadata: { name },
}))
const services = [service('web'), service('web', { namespace: 'shop' })]

describe('what was asked of the nodes of a folder', () => {
  it('is asked of the node that the file is named after, and of no other', () => {
    const { nodes: seen } = withWishes({ nodes, services }, { drains: { 'node-a': 'new disk' }, moves: {} })
    expect(seen.map(({ metadata }) => drainOf(metadata))).toEqual([undefined, 'new disk'])
  })

  it('is asked for the Service of that namespace, and for no other', () => {
    const { services: seen } = withWishes({ services }, { drains: {}, moves: { 'shop/web': 'node-a' } })
    expect(seen.map(({ metadata }) => moveOf(metadata))).toEqual([undefined, 'node-a'])
  })

  it('leaves the very same manifests when nothing was asked', () => {
    const set = { nodes, services }
    expect(withWishes(set, { drains: {}, moves: {} })).toBe(set)
  })
})

describe('the wishes in a state folder', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'herald-wishes-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('are read as they were written, until they are taken back', async () => {
    await wishDrain(folder, 'node-a', 'new disk')
    await wishMove(folder, 'shop/web', 'node-b')
    expect(await readWishes(folder)).toEqual({
      drains: { 'node-a': 'new disk' },
      moves: { 'shop/web': 'node-b' },
    })
    await wishMove(folder, 'shop/web', undefined)
    expect(await readWishes(folder)).toEqual({
      drains: { 'node-a': 'new disk' },
      moves: {},
    })
  })

  it('are read where a version that knows of drains alone has made the folder', async () => {
    await mkdir(join(folder, 'wishes/drain'), { recursive: true })
    expect(await readWishes(folder)).toEqual({ drains: {}, moves: {} })
  })

  it.each(['move', 'drain'])('are all others where a %s is taken back while they are read', async (kind) => {
    await wishDrain(folder, 'node-a', 'new disk')
    await wishMove(folder, 'shop/web', 'node-b')
    // Listed, and not there to be read.
    await symlink(join(folder, 'gone'), join(folder, 'wishes', kind, 'shop_api'))
    expect(await readWishes(folder)).toEqual({
      drains: { 'node-a': 'new disk' },
      moves: { 'shop/web': 'node-b' },
    })
  })

  it('are none that could be read while the folder is away', async () => {
    await expect(readWishes(join(folder, 'away'))).rejects.toThrow('ENOENT')
  })
})
