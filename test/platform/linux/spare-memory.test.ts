import { getHeapStatistics } from 'node:v8'

import { describe, expect, it } from 'vitest'

import { milliseconds } from '#core/model/duration.ts'
import { SpareMemory } from '#platform/linux/spare-memory.ts'

const used = (): number => getHeapStatistics().used_heap_size
const held = (): number => getHeapStatistics().total_heap_size
const megabyte = 2 ** 20

describe('spare memory', () => {
  it('is given back after a burst, and not looked for when there was none', () => {
    const spare = new SpareMemory()
    spare.giveBack()
    const before = used()
    let burst: object[] | undefined = Array.from({ length: 500_000 }, (_, index) => ({ index }))
    expect(used() - before).toBeGreaterThan(12 * megabyte)
    expect(burst.length).toBe(500_000)
    burst = undefined
    expect(spare.giveBack()).toBe(true)
    expect(used() - before).toBeLessThan(8 * megabyte)
    expect(spare.giveBack()).toBe(false)
  })

  it('is given back from pages that have something left on them', () => {
    const spare = new SpareMemory()
    spare.giveBack()
    const before = held()
    const all = Array.from({ length: 500_000 }, (_, index) => ({ index, list: [index] }))
    const some = all.filter(({ index }) => index % 10 === 0)
    all.length = 0
    expect(held() - before).toBeGreaterThan(30 * megabyte)
    expect(spare.giveBack()).toBe(true)
    expect(held() - before).toBeLessThan(15 * megabyte)
    expect(some.length).toBe(50_000)
  })

  it('is not looked for during work while there is little', () => {
    const spare = new SpareMemory()
    spare.giveBack()
    const some = Array.from({ length: 300_000 }, (_, index) => ({ index }))
    expect(spare.giveBack('work')).toBe(false)
    expect(spare.giveBack('rest')).toBe(true)
    expect(some.length).toBe(300_000)
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
