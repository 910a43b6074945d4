import { describe, expect, it } from 'vitest'

import { formatCommunities, parseCommunities, parseCommunity } from '#core/bgp/community.ts'

describe('community literals', () => {
  it.each<[string, unknown]>([
    ['65000:1', 65_000 * 65_536 + 1],
    ['0:0', 0],
    ['65535:65535', 0xffffffff],
    ['large:4294967295:0:7', [4_294_967_295, 0, 7]],
  ])('%s', (literal, expected) => {
    expect(parseCommunity(literal)).toEqual(expected)
  })

  it.each([
    '',
    '12345',
    '1:2:3',
    '65536:0',
    'large:1:2',
    'large:1:2:3:4',
    'large:4294967296:0:0',
    'a:b',
    '1:-1',
    '1: 2',
  ])('%j is none', (literal) => {
    expect(parseCommunity(literal)).toBeUndefined()
  })

  it('are sorted by number and kept once', () => {
    const literals = ['65000:10', 'large:2:1:1', '65000:9', 'large:1:9:9', '65000:10', 'large:2:1:1']
    expect(formatCommunities(parseCommunities(literals))).toEqual([
      '65000:9',
      '65000:10',
      'large:1:9:9',
      'large:2:1:1',
    ])
  })
})
