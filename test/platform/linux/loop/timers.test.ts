import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { instantAt } from '#core/model/duration.ts'
import { TimerQueue } from '#platform/linux/loop/timers.ts'

/** Names of the timers that are due at `now`, in the order they are taken. */
function due(queue: TimerQueue, fired: string[], now: number): string[] {
  fired.length = 0
  for (let task = queue.take(instantAt(now)); task !== undefined; task = queue.take(instantAt(now))) task()
  return [...fired]
}

describe('the timer queue', () => {
  it('gives out timers by time, and those of one instant in the order they were added', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20)), (times) => {
        const [queue, fired] = [new TimerQueue(), [] as string[]]
        for (const [i, at] of times.entries()) queue.add(instantAt(at), () => fired.push(`${at} ${i}`))
        const expected = times
          .map((at, i) => ({ at, i }))
          .toSorted((a, b) => a.at - b.at || a.i - b.i)
          .map(({ at, i }) => `${at} ${i}`)
        expect(due(queue, fired, 20)).toEqual(expected)
        expect(queue.next()).toBeUndefined()
      }),
    )
  })

  it('holds back what is not due and forgets what is cancelled', () => {
    const [queue, fired] = [new TimerQueue(), [] as string[]]
    queue.add(instantAt(10), () => fired.push('ten'))
    const cancel = queue.add(instantAt(5), () => fired.push('five'))
    expect(queue.next()).toBe(5)
    cancel()
    cancel()
    expect(queue.next()).toBe(10)
    expect(due(queue, fired, 9)).toEqual([])
    expect(due(queue, fired, 10)).toEqual(['ten'])
  })

  it('cancels the one that is meant among those of its instant, and nothing once it has run', () => {
    const [queue, fired] = [new TimerQueue(), [] as string[]]
    const cancels = ['a', 'b', 'c'].map((name) => queue.add(instantAt(5), () => fired.push(name)))
    queue.add(instantAt(3), () => fired.push('early'))
    cancels[1]?.()
    expect(due(queue, fired, 5)).toEqual(['early', 'a', 'c'])
    for (const cancel of cancels) cancel()
    queue.add(instantAt(5), () => fired.push('late'))
    expect(due(queue, fired, 5)).toEqual(['late'])
  })
})
