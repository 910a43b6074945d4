import * as fc from 'fast-check'
import { expect, it } from 'vitest'

import { ringOf, successors, watchers } from '#core/membership/ring.ts'

const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,6}-[0-9]{1,3}$/), { minLength: 2, maxLength: 40 })

it('everybody is watched by as many as it watches', () => {
  fc.assert(
    fc.property(names, fc.array(fc.nat()), (all, picks) => {
      const ring = ringOf(all)
      const dead = new Set(picks.slice(0, all.length / 3).map((pick) => all[pick % all.length]))
      const alive = all.filter((name) => !dead.has(name))
      const watches = new Map(alive.map((name) => [name, 0]))
      for (const name of alive)
        for (const watcher of successors(ring, name, (other) => !dead.has(other)))
          watches.set(watcher, (watches.get(watcher) ?? 0) + 1)
      const each = Math.min(watchers, alive.length - 1)
      expect(new Set(watches.values())).toEqual(new Set(alive.length === 0 ? [] : [each]))
    }),
  )
})

it('the order is the same whatever order the names come in', () => {
  fc.assert(
    fc.property(names, (all) => {
      expect(ringOf(all.toReversed())).toEqual(ringOf(all))
    }),
  )
})
