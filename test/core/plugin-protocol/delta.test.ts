import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { DesiredState, Target } from '#core/announcer.ts'
import { compareAddresses, formatIPv4 } from '#core/model/address.ts'
import { applyChange, changeBetween } from '#core/plugin-protocol/delta.ts'

const target = fc
  .record({ address: fc.integer({ min: 0, max: 20 }), stage: fc.constantFrom('arm', 'serve', 'retire') })
  .map(({ address, stage }): Target => ({
    address: formatIPv4(address),
    services: [],
    offers: [],
    stage: stage as 'arm',
  }))

const state = (generation: number) =>
  fc
    .record({
      targets: fc.uniqueArray(target, { selector: ({ address }) => address }),
      revision: fc.constantFrom('1', '2'),
    })
    .map(({ targets, revision }): DesiredState => ({
      generation,
      targets: targets.sort((a, b) => compareAddresses(a.address, b.address)),
      resources: { BGPPeer: [{ name: 'peer', revision, spec: {} }] },
    }))

describe('a change between two full sets', () => {
  it('makes the second of the first', () => {
    fc.assert(
      fc.property(state(1), state(2), (before, after) => {
        const { changed, ...made } = applyChange(before, changeBetween(before, after)) ?? {}
        expect(made).toEqual(after)
        expect(changed).toMatchObject({ since: 1 })
      }),
    )
  })

  it('holds nothing that is the same in both', () => {
    fc.assert(
      fc.property(state(1), (before) => {
        const same = structuredClone({ ...before, generation: 2 })
        expect(changeBetween(before, same)).toEqual({ generation: 2, since: 1, put: [], remove: [] })
      }),
    )
  })

  it('is not applied to another state than the one it begins at', () => {
    fc.assert(
      fc.property(state(1), state(2), state(3), (other, before, after) => {
        expect(applyChange(other, changeBetween(before, after))).toBeUndefined()
        expect(applyChange(undefined, changeBetween(before, after))).toBeUndefined()
      }),
    )
  })
})
