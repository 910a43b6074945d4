import { getHeapStatistics } from 'node:v8'

import { describe, expect, it } from 'vitest'

import { milliseconds } from '#core/model/duration.ts'
import { SpareMemory } from '#platform/linux/spare-memory.ts'

const used = (): number => getHeapStatistics().used_heap_size
const held = (): number => getHeapStatistics().total_heap_size
const megabyte = 2 ** 20

/** Some thirty megabytes: far more than what a test runner's own thread gains or loses meanwhile. */
const burst = (): object[] => Array.from({ length: 500_000 }, (_, index) => ({ index, list: [index] }))

describe('spare memory', () => {
  it('is given back after a burst, and not looked for when there was none', () => {
    const spare = new SpareMemory()
    spare.giveBack()
    const before = used()
    let all: object[] | undefined = burst()
    const gained = used() - before
    expect(all.length).toBe(500_000)
    all = undefined
    expect(spare.giveBack()).toBe(true)
    expect(used() - before).toBeLessThan(gained / 2)
    expect(spare.giveBack()).toBe(false)
  })

  it('is given back from pages that have something left on them', () => {
    const spare = new SpareMemory()
    spare.giveBack()
    const before = used()
    const all = burst()
    const some = all.filter((_, index) => index % 10 === 0)
    const gained = used() - before
    const most = held()
    all.length = 0
    expect(spare.giveBack()).toBe(true)
    expect(most - held()).toBeGreaterThan(gained / 2)
    expect(some.length).toBe(50_000)
  })

  it('is not looked for during work while there is little', () => {
    const heap = { used: 40 * megabyte, held: 50 * megabyte }
    const spare = new SpareMemory(() => ({ ...heap }))
    expect(spare.giveBack()).toBe(true)
    heap.used += 10 * megabyte
    expect(spare.giveBack('work')).toBe(false)
    expect(spare.giveBack('rest')).toBe(true)
    expect(spare.giveBack('rest')).toBe(false)
  })

  it('is looked for again at rest when it was given back during work, which moves nothing together', () => {
    const heap = { used: 40 * megabyte, held: 50 * megabyte }
    const spare = new SpareMemory(() => ({ ...heap }))
    spare.giveBack('rest')
    heap.held += 30 * megabyte
    expect(spare.giveBack('work')).toBe(true)
    expect(spare.giveBack('work')).toBe(false)
    expect(spare.giveBack('rest')).toBe(true)
    expect(spare.giveBack('rest')).toBe(false)
  })

  it('is given back from a larger heap, however slow it was with a small one', () => {
    const heap = { used: megabyte, held: 5 * megabyte }
    // Collecting this thread's heap, whatever it says of itself, takes some milliseconds.
    const spare = new SpareMemory(() => ({ ...heap }))
    const began = performance.now()
    expect(spare.giveBack('rest')).toBe(true)
    const took = performance.now() - began
    heap.used = 32 * megabyte
    expect(spare.giveBack('rest', milliseconds(2 * took + 64))).toBe(true)
  })

  it('is kept while giving it back would stop the thread for longer than it may', () => {
    const spare = new SpareMemory()
    spare.giveBack()
    const some = Array.from({ length: 500_000 }, (_, index) => ({ index }))
    expect(spare.giveBack('rest', milliseconds(0))).toBe(false)
    expect(spare.giveBack('rest', milliseconds(60_000))).toBe(true)
    expect(some.length).toBe(500_000)
  })

  it('leaves no way to collect garbage in the global scope', () => {
    new SpareMemory().giveBack()
    expect(globalThis.gc).toBeUndefined()
  })
})
