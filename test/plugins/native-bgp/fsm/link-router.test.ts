import { describe, expect, it } from 'vitest'

import { parseAddress, type Address } from '#core/model/address.ts'
import { instantAt } from '#core/model/duration.ts'
import { routerAfter } from '#plugins/native-bgp/fsm/link-router.ts'

const [one, two] = ['fe80::1', 'fe80::2'].map((text) => parseAddress(text) as Address) as [Address, Address]
const at = instantAt

describe('the router of a link', () => {
  const first = routerAfter(undefined, { source: one, lifetime: 30 }, at(0))

  it('is the first that is heard, for as long as it promises', () => {
    expect(first).toEqual({ address: one, until: 30_000 })
    expect(routerAfter(first, { source: one, lifetime: 30 }, at(10_000))).toEqual({
      address: one,
      until: 40_000,
    })
  })

  it('is no other while it may be there still, and the other once it must be gone', () => {
    expect(routerAfter(first, { source: two, lifetime: 1800 }, at(29_999))).toBe(first)
    expect(routerAfter(first, { source: two, lifetime: 1800 }, at(30_000)).address).toBe(two)
  })

  it('that is no default router is believed to be there for half a minute', () => {
    expect(routerAfter(undefined, { source: one, lifetime: 0 }, at(5)).until).toBe(30_005)
  })
})
