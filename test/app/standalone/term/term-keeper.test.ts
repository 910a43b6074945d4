/* Several keepers on one real folder, with a fast rhythm; every wait is for a condition. */
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { blockFolder } from '../../block-folder.ts'
import { eventually } from '../../eventually.ts'

import type { Holdings } from '#app/standalone/term/term-file.ts'
import { TermFolder } from '#app/standalone/term/term-folder.ts'
import { TermKeeper } from '#app/standalone/term/term-keeper.ts'
import { systemClock } from '#app/system.ts'
import { fakeLogger, FakeMetrics } from '#core/fakes/fake-host.ts'
import type { Address } from '#core/model/address.ts'
import { milliseconds } from '#core/model/duration.ts'
import { metric } from '#metrics/catalogue.ts'

let dir: string
let state: string
const keepers: TermKeeper[] = []

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'herald-terms-'))
  state = join(dir, '.herald')
})

afterEach(async () => {
  await Promise.all(keepers.splice(0).map((keeper) => keeper.stop()))
  await rm(dir, { recursive: true, force: true })
})

interface World {
  present: boolean
  /** Stops its clock: what SIGSTOP does to a process. */
  frozen: boolean
  /** Unlimited until a test wants a takeover: on a busy machine a slow holder is no dead one. */
  patience: number
  readonly lost: Set<string>
}

async function keeper(
  node: string,
  options: { mayAllocate?: boolean; boot?: string; patience?: number } = {},
) {
  const world: World = {
    present: true,
    frozen: false,
    patience: options.patience ?? Infinity,
    lost: new Set(),
  }
  const boot = options.boot ?? `${node}-1`
  const made = new TermKeeper({
    folder: new TermFolder(state, boot),
    rules: {
      self: { node, boot },
      mayAllocate: options.mayAllocate ?? true,
      get patience() {
        return world.patience
      },
    },
    clock: {
      now: () => systemClock.now(),
      after: (delay, task) => systemClock.after(delay, () => (world.frozen ? undefined : task())),
    },
    log: fakeLogger([]),
    pollEvery: milliseconds(10),
    present: () => world.present,
    lost: (node) => world.lost.has(node),
    took: new FakeMetrics().histogram(metric('herald_allocator_write_seconds')),
  })
  keepers.push(made)
  await made.start()
  return { keeper: made, world }
}

const holdings = (entries: Record<string, string>): Holdings =>
  new Map(
    Object.entries(entries).map(([name, address]) => [name, { pool: 'p', addresses: [address as Address] }]),
  )

const shows = (of: TermKeeper, entries: Record<string, string>) =>
  eventually(() => expect(of.current().services).toEqual(holdings(entries)))

describe('term keeper', () => {
  it('lets one process allocate and the others read what it wrote', async () => {
    const a = await keeper('a')
    const b = await keeper('b')
    expect([a.keeper.isHolder(), b.keeper.isHolder()]).toEqual([true, false])
    a.keeper.record(holdings({ 'x/web': '192.0.2.1' }))
    await shows(a.keeper, { 'x/web': '192.0.2.1' })
    await shows(b.keeper, { 'x/web': '192.0.2.1' })
    b.keeper.record(holdings({ 'x/web': '192.0.2.9' }))
    expect(await new TermFolder(state, 'test').list()).toEqual([1])
    await shows(b.keeper, { 'x/web': '192.0.2.1' })
  })

  it('lets exactly one process allocate when many start at once', async () => {
    const many = await Promise.all(Array.from({ length: 12 }, (_, n) => keeper(`n${n}`)))
    expect(many.filter((one) => one.keeper.isHolder())).toHaveLength(1)
  })

  it('shows what it holds only after it is on disk', async () => {
    const { keeper: a } = await keeper('a')
    const seen: string[] = []
    a.onChange(() => {
      void readFile(join(state, 'allocations-0000000001.json'), 'utf8').then((text) => seen.push(text))
    })
    a.record(holdings({ 'x/web': '192.0.2.1' }))
    expect(a.current().services.size).toBe(0)
    await eventually(() => expect(seen).toHaveLength(1))
    expect(seen[0]).toContain('192.0.2.1')
  })

  it('keeps addresses over a restart, at once and without waiting for itself', async () => {
    const first = await keeper('a')
    first.keeper.record(holdings({ 'x/web': '192.0.2.1' }))
    await shows(first.keeper, { 'x/web': '192.0.2.1' })
    first.world.frozen = true
    const second = await keeper('a', { boot: 'a-2' })
    expect(second.keeper.isHolder()).toBe(true)
    expect(second.keeper.current()).toMatchObject({ term: 2, services: holdings({ 'x/web': '192.0.2.1' }) })
  })

  it('takes over from a process that stands still, which follows when it wakes', async () => {
    const a = await keeper('a')
    const b = await keeper('b')
    a.keeper.record(holdings({ 'x/web': '192.0.2.1' }))
    await shows(b.keeper, { 'x/web': '192.0.2.1' })
    a.world.frozen = true
    b.world.patience = 3
    await eventually(() => expect(b.keeper.isHolder()).toBe(true))
    b.keeper.record(holdings({ 'x/web': '192.0.2.1', 'x/new': '192.0.2.2' }))
    await shows(b.keeper, { 'x/web': '192.0.2.1', 'x/new': '192.0.2.2' })
    a.keeper.record(holdings({ 'x/web': '192.0.2.1', 'x/late': '192.0.2.2' }))
    await shows(a.keeper, { 'x/web': '192.0.2.1', 'x/new': '192.0.2.2' })
    expect(a.keeper.isHolder()).toBe(false)
    await shows(b.keeper, { 'x/web': '192.0.2.1', 'x/new': '192.0.2.2' })
  })

  it('tells the followers of a write without waiting for their poll', async () => {
    const a = await keeper('a')
    const b = await keeper('b')
    await eventually(() => expect(a.keeper.isHolder()).toBe(true))
    b.world.frozen = true
    a.keeper.record(holdings({ 'x/web': '192.0.2.1' }))
    await shows(b.keeper, { 'x/web': '192.0.2.1' })
  })

  it('takes over at once from a process whose node is lost', async () => {
    const a = await keeper('a')
    const b = await keeper('b')
    a.keeper.record(holdings({ 'x/web': '192.0.2.1' }))
    await shows(b.keeper, { 'x/web': '192.0.2.1' })
    a.world.frozen = true
    b.world.lost.add('a')
    b.keeper.notice()
    await eventually(() => expect(b.keeper.isHolder()).toBe(true))
    expect(b.keeper.current().services).toEqual(holdings({ 'x/web': '192.0.2.1' }))
  })

  it('hands over at once when it stops in good order', async () => {
    const a = await keeper('a')
    const b = await keeper('b')
    a.keeper.record(holdings({ 'x/web': '192.0.2.1' }))
    await shows(b.keeper, { 'x/web': '192.0.2.1' })
    await a.keeper.stop()
    b.keeper.notice()
    await eventually(() => expect(b.keeper.isHolder()).toBe(true))
    expect(b.keeper.current().services).toEqual(holdings({ 'x/web': '192.0.2.1' }))
  })

  it('passes over a claim that was never filled in', async () => {
    const a = await keeper('a')
    a.keeper.record(holdings({ 'x/web': '192.0.2.1' }))
    await shows(a.keeper, { 'x/web': '192.0.2.1' })
    a.world.frozen = true
    const claim = {
      term: 2,
      holder: { node: 'z', boot: 'z-1' },
      state: 'claimed',
      services: new Map(),
    } as const
    await new TermFolder(state, 'z').claim(claim)
    const b = await keeper('b', { patience: 3 })
    await eventually(() => expect(b.keeper.isHolder()).toBe(true))
    expect(b.keeper.current()).toMatchObject({ term: 3, services: holdings({ 'x/web': '192.0.2.1' }) })
  })

  it('only follows when told so, even with nobody to follow', async () => {
    const b = await keeper('b', { mayAllocate: false })
    for (let n = 0; n < 10; n++) b.keeper.notice()
    expect(b.keeper.isHolder()).toBe(false)
    const a = await keeper('a')
    a.keeper.record(holdings({ 'x/web': '192.0.2.1' }))
    await shows(b.keeper, { 'x/web': '192.0.2.1' })
  })

  it('keeps what it knows while the folder is away, and writes it back when it returns without', async () => {
    const a = await keeper('a')
    a.keeper.record(holdings({ 'x/web': '192.0.2.1' }))
    await shows(a.keeper, { 'x/web': '192.0.2.1' })
    a.world.present = false
    await rename(state, join(dir, 'elsewhere'))
    a.keeper.notice()
    expect(a.keeper.current().services).toEqual(holdings({ 'x/web': '192.0.2.1' }))
    a.world.present = true
    await eventually(async () =>
      expect(await readFile(join(state, 'allocations-0000000001.json'), 'utf8')).toContain('192.0.2.1'),
    )
    expect(a.keeper.isHolder()).toBe(true)
  })

  it('names a state it cannot read, keeps what it knows, and does not overrule a newer program', async () => {
    const a = await keeper('a')
    await a.keeper.stop()
    await writeFile(join(state, 'allocations-0000000007.json'), '{"format":9}')
    const b = await keeper('b')
    expect(b.keeper.problem()).toBe(`${state}: the file of term 7 has format 9, this program reads format 1`)
    expect(b.keeper.isHolder()).toBe(false)
  })

  it('tells when it cannot write, and writes as soon as it can', async () => {
    const a = await keeper('a')
    await blockFolder(state)
    a.keeper.record(holdings({ 'x/web': '192.0.2.1' }))
    await eventually(() => expect(a.keeper.problem()).toContain('ENOTDIR'))
    expect(a.keeper.current().services.size).toBe(0)
    await rm(state)
    await shows(a.keeper, { 'x/web': '192.0.2.1' })
    await eventually(() => expect(a.keeper.problem()).toBeUndefined())
  })

  it('leaves no temporary file and no more than two terms behind', async () => {
    for (let life = 1; life <= 5; life++) {
      const { keeper: a } = await keeper('a', { boot: `a-${life}` })
      a.record(holdings({ 'x/web': `192.0.2.${life}` }))
      await shows(a, { 'x/web': `192.0.2.${life}` })
      await a.stop()
    }
    const files = (await readdir(state)).filter((name) => !name.startsWith('alive-')).sort()
    expect(files).toEqual(['allocations-0000000004.json', 'allocations-0000000005.json'])
  })
})
