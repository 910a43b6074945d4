import { describe, expect, it } from 'vitest'

import type { NodeClaim } from '#app/membership/liveness.ts'
import { Holders } from '#app/node/holders.ts'
import type { ClaimState } from '#core/membership/message.ts'
import type { Address } from '#core/model/address.ts'
import type { AnnouncerInfo } from '#core/model/facts.ts'

function announcer(name: string, placement: AnnouncerInfo['placement']): AnnouncerInfo {
  return { name, placement, resources: [], optionsSchema: {}, unsupported: [] }
}

const announcers = [announcer('l2', 'one-node'), announcer('native-bgp', 'every-node')]

function claim(node: string, address: string, counter = 1, state: ClaimState = 'held'): NodeClaim {
  return { node, address: address as Address, counter, state }
}

function holders(...claims: NodeClaim[]): Holders {
  return new Holders({ claims: () => claims }, announcers)
}

describe('who holds an address', () => {
  it('is told by claims, for the announcers that ask for one node', () => {
    const said = holders(claim('b', '192.0.2.2'), claim('a', '192.0.2.1')).current()
    expect(said).toEqual([
      { announcer: 'l2', address: '192.0.2.1', node: 'a' },
      { announcer: 'l2', address: '192.0.2.2', node: 'b' },
    ])
  })

  it('is the one with the higher epoch: counter first, then name', () => {
    const said = holders(
      claim('a', '192.0.2.1', 2),
      claim('b', '192.0.2.1', 1),
      claim('a', '192.0.2.2'),
      claim('b', '192.0.2.2'),
    ).current()
    expect(said.map(({ node }) => node)).toEqual(['a', 'b'])
  })

  it.each(['offered', 'armed', 'retiring'] as const)('is nobody while it is %s', (state) => {
    expect(holders(claim('a', '192.0.2.1', 1, state)).current()).toEqual([])
  })

  it('stays the very same list while nothing changes', () => {
    const claims = [claim('a', '192.0.2.1')]
    const book = new Holders({ claims: () => claims }, announcers)
    const before = book.current()
    expect(book.current()).toBe(before)
    claims.push(claim('b', '192.0.2.2'))
    expect(book.current()).not.toBe(before)
  })
})
