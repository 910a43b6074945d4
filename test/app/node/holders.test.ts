import * as fc from 'fast-check'
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

/** Nodes that say what the test says. */
class Talk {
  said: readonly NodeClaim[] = []
  private listener: (addresses: Iterable<Address>) => void = () => {}

  wordsOn(address: Address): readonly NodeClaim[] {
    return this.said.filter((claim) => claim.address === address)
  }

  onWords(listener: Talk['listener']): () => void {
    this.listener = listener
    return () => {}
  }

  say(...claims: NodeClaim[]): void {
    const before = this.said
    this.said = claims
    this.listener(new Set([...before, ...claims].map(({ address }) => address)))
  }
}

function holders(...claims: NodeClaim[]): Holders {
  const talk = new Talk()
  const book = new Holders(talk, announcers)
  talk.say(...claims)
  return book
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

  it.each(['offered', 'shut'] as const)('is nobody while it is %s', (state) => {
    expect(holders(claim('a', '192.0.2.1', 1, state)).current()).toEqual([])
  })

  it('stays the very same list while nothing changes', () => {
    const talk = new Talk()
    const book = new Holders(talk, announcers)
    const claims = [claim('a', '192.0.2.1')]
    talk.say(...claims)
    const before = book.current()
    talk.say(...claims, claim('b', '192.0.2.2', 1, 'shut'))
    expect(book.current()).toBe(before)
    talk.say(...claims, claim('b', '192.0.2.2'))
    expect(book.current()).not.toBe(before)
  })

  it('is told alike, in whatever steps it was said', () => {
    const word = fc.record({
      node: fc.constantFrom('a', 'b', 'c'),
      address: fc.constantFrom('192.0.2.1', '192.0.2.2', '192.0.2.10').map((text) => text as Address),
      counter: fc.integer({ min: 1, max: 3 }),
      state: fc.constantFrom<ClaimState>('held', 'held', 'offered', 'shut', 'failing'),
    })
    const saying = fc.uniqueArray(word, { selector: ({ node, address }) => `${node} ${address}` })
    fc.assert(
      fc.property(fc.array(saying, { minLength: 1, maxLength: 6 }), fc.boolean(), (sayings, often) => {
        const talk = new Talk()
        const book = new Holders(talk, announcers)
        for (const claims of sayings) {
          talk.say(...claims)
          if (often) book.current()
        }
        expect(book.current()).toEqual(holders(...talk.said).current())
      }),
    )
  })
})
