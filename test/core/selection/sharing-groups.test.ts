import * as fc from 'fast-check'
import { expect, it } from 'vitest'

import { address } from './fixtures.ts'

import { SharingGroups } from '#core/selection/sharing-groups.ts'

const service = fc.integer({ min: 0, max: 39 }).map((n) => `default/s${n}`)
// Few addresses: most have more holders than a list is kept for.
const addresses = fc.subarray(['192.0.2.1', '192.0.2.2', '2001:db8::1'].map(address), { maxLength: 2 })

/** Whoever hangs together with the Service, looked for from scratch. */
function reached(held: ReadonlyMap<string, readonly string[]>, from: string): string[] {
  const group = new Set([from])
  for (const name of group)
    for (const [other, theirs] of held)
      if (theirs.some((one) => held.get(name)?.includes(one) === true)) group.add(other)
  return [...group].sort()
}

it('groups what hangs together by addresses, whoever comes and goes in whatever number', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(service, addresses), { minLength: 30, maxLength: 120 }), (edits) => {
      const groups = new SharingGroups()
      const held = new Map<string, readonly string[]>()
      for (const [name, some] of edits) {
        groups.set(name, some)
        if (some.length === 0) held.delete(name)
        else held.set(name, some)
        expect(groups.groupOf(name)?.services).toEqual(some.length === 0 ? undefined : reached(held, name))
      }
      for (const name of held.keys()) expect(groups.groupOf(name)?.services).toEqual(reached(held, name))
      for (const one of ['192.0.2.1', '192.0.2.2', '2001:db8::1'].map(address)) {
        const holders = [...held].filter(([, some]) => some.includes(one)).map(([name]) => name)
        expect([...groups.holdersOf(one)].sort()).toEqual(holders.sort())
      }
    }),
    { numRuns: 30 },
  )
})
