import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { noCommunities, parseCommunities } from '#core/bgp/community.ts'
import { prefixOf } from '#core/bgp/prefix.ts'
import type { RouteAttributes } from '#core/bgp/routes.ts'
import { formatIPv4, type Address } from '#core/model/address.ts'
import { parseRouteStatement, routeStatement } from '#plugins/gobgp/marks.ts'
import { actionFor, formatAction, parseAction } from '#plugins/gobgp/treatment.ts'

const u16 = fc.nat(0xffff)
const u32 = fc.nat(0xffffffff)
const anyAction = fc.record(
  {
    localPref: u32,
    nextHop: u32.map(formatIPv4),
    communities: fc.array(fc.tuple(u16, u16).map((parts) => parts.join(':'))),
    largeCommunities: fc.array(fc.tuple(u32, u32, u32).map((parts) => parts.join(':'))),
  },
  { requiredKeys: ['communities', 'largeCommunities'] },
)

describe('an action', () => {
  it('is read from the text that was written', () => {
    fc.assert(
      fc.property(anyAction, (action) => {
        expect(parseAction(formatAction(action))).toEqual(action)
      }),
    )
  })

  it('survives in the name of its statement, with the mark and the neighbour', () => {
    fc.assert(
      fc.property(u32, u32.map(formatIPv4), anyAction, (mark, neighbor, action) => {
        const treatment = { mark, neighbor, action: formatAction(action) }
        expect(parseRouteStatement(routeStatement(treatment))).toEqual(treatment)
      }),
    )
  })

  it('sets LOCAL_PREF within an AS only', () => {
    const prefix = prefixOf('192.0.2.1' as Address, 32)
    const communities = parseCommunities(['65000:1', 'large:1:2:3'])
    const route = { prefix, attributes: { key: '', localPref: 200, communities } }
    const large = { communities: ['65000:1'], largeCommunities: ['1:2:3'] }
    expect(actionFor(route, { internal: true })).toEqual({ localPref: 200, ...large })
    expect(actionFor(route, { internal: false })).toEqual(large)
  })

  it('sets LOCAL_PREF where another neighbour needs the path to have the lowest', () => {
    const prefix = prefixOf('192.0.2.1' as Address, 32)
    const attributes = { key: '', communities: noCommunities }
    const localPrefOf = (change: Partial<RouteAttributes>, internal = true): number | undefined =>
      actionFor({ prefix, attributes: { ...attributes, ...change } }, { internal, lowered: true }).localPref
    expect(localPrefOf({})).toBe(100)
    expect(localPrefOf({ localPref: 200 })).toBe(200)
    expect(localPrefOf({ localPref: 200, draining: true })).toBe(0)
    expect(localPrefOf({}, false)).toBeUndefined()
  })

  it('of a foreign statement is unknown', () => {
    expect(parseRouteStatement('herald-route|1|nobody|')).toBeUndefined()
    expect(parseRouteStatement('mine')).toBeUndefined()
  })
})
