import { expect, test } from 'vitest'

import {
  heldBy,
  leaderFor,
  leaseDuration,
  nextMove,
  released,
  renewEvery,
  type Lease,
} from '#app/kubernetes/leader/lease.ts'
import { instantAt } from '#core/model/duration.ts'

const place = { namespace: 'm', name: 'l' }
const at = instantAt
const now = new Date('2026-01-01T00:00:00.000Z')

function held(by: string): Lease {
  return heldBy(by, place, undefined, now) as unknown as Lease
}

test('a Lease that does not exist is created, and one without a holder is taken at once', () => {
  expect(nextMove({ lease: undefined, since: at(0), renewed: undefined }, 'a', at(0))).toBe('create')
  const free = released(held('b'), now) as unknown as Lease
  expect(nextMove({ lease: free, since: at(0), renewed: undefined }, 'a', at(0))).toBe('take')
})

test('the holder renews in time, and others wait until it has been silent for as long as it said', () => {
  const seen = { lease: held('a'), since: at(0), renewed: at(0) }
  expect(nextMove(seen, 'a', at(renewEvery - 1))).toBe('wait')
  expect(nextMove(seen, 'a', at(renewEvery))).toBe('renew')
  expect(nextMove({ ...seen, renewed: undefined }, 'b', at(leaseDuration))).toBe('wait')
  expect(nextMove({ ...seen, renewed: undefined }, 'b', at(leaseDuration + 1))).toBe('take')
})

test('the holder stops before anybody may follow it', () => {
  expect(leaderFor).toBeLessThan(leaseDuration)
  expect(renewEvery * 2).toBeLessThan(leaderFor)
})

test('another holder counts as a transition, a renewal does not', () => {
  const first = held('a')
  const renewed = heldBy('a', place, first, new Date('2026-01-01T00:00:01.000Z'))
  expect(renewed['spec']).toMatchObject({
    leaseTransitions: 0,
    acquireTime: '2026-01-01T00:00:00.000000Z',
    renewTime: '2026-01-01T00:00:01.000000Z',
  })
  expect(heldBy('b', place, first, now)['spec']).toMatchObject({ leaseTransitions: 1, holderIdentity: 'b' })
})
