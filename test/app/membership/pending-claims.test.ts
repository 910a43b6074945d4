import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { PendingClaims, type ClaimNews } from '#app/membership/pending-claims.ts'
import { bootFrom } from '#core/membership/boot.ts'
import { isTold } from '#core/membership/claims.ts'
import { initialState, transition } from '#core/membership/membership.ts'
import type { MembershipState } from '#core/membership/state.ts'
import { profiles } from '#core/membership/timing.ts'
import type { Address } from '#core/model/address.ts'
import { instantAt } from '#core/model/duration.ts'

import { digestOf } from '../../core/membership/digest.ts'

const addresses = ['192.0.2.1', '192.0.2.2', '2001:db8::1'] as Address[]
const claim = fc.record({
  address: fc.constantFrom(...addresses),
  counter: fc.integer({ min: 1, max: 4 }),
  state: fc.constantFrom('minted', 'held', 'offered'),
})
const news = fc.record({ put: fc.array(claim, { maxLength: 2 }), drop: fc.subarray(addresses) })

const rules = {
  self: 'a',
  boot: bootFrom(new Uint8Array(8)),
  timing: profiles.default,
  policy: 'available',
} as const
const now = instantAt(1)

function told(state: MembershipState, { put, drop }: ClaimNews): MembershipState {
  return transition(state, { type: 'claim', now, put, drop }).state
}

describe('claims that wait for the heartbeat engine', () => {
  it('leave the machine, fed at once, with what one by one would have left it with', () => {
    fc.assert(
      fc.property(fc.array(news), fc.array(news), (before, after) => {
        const begun = before.reduce(told, initialState(rules, instantAt(0)))
        const pending = new PendingClaims()
        for (const each of after) pending.add(each)
        const [oneByOne, together] = [after.reduce(told, begun), told(begun, pending.take() ?? noNews)]
        expect(new Set(together.own.values())).toEqual(new Set(oneByOne.own.values()))
        expect(together.digest).toBe(oneByOne.digest)
        expect(together.digest).toBe(digestOf([...together.own.values()].filter(isTold)))
      }),
    )
  })

  it('are told in notes of which none takes back what another says', () => {
    const begun = told(withPeer(), { put: [{ ...held, counter: 1 }], drop: [] })
    const step = transition(begun, {
      type: 'claim',
      now,
      put: [{ ...held, counter: 2 }],
      drop: [held.address],
    })
    const notes = step.effects.flatMap((effect) => (effect.type === 'send' ? effect.message.notes : []))
    expect(notes).toEqual([{ type: 'claims', whole: false, claims: [{ ...held, counter: 2 }] }])
  })

  it('are taken once', () => {
    const pending = new PendingClaims()
    pending.add({ put: [{ ...held, counter: 1 }], drop: [] })
    expect(pending.take()).toEqual({ put: [{ ...held, counter: 1 }], drop: [] })
    expect(pending.take()).toBeUndefined()
  })
})

const held = { address: '192.0.2.1' as Address, state: 'held' } as const
const noNews: ClaimNews = { put: [], drop: [] }

function withPeer(): MembershipState {
  const peers = [{ node: 'b', addresses: ['b'] }]
  return transition(initialState(rules, instantAt(0)), { type: 'expect', now, peers }).state
}
