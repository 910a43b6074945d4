import { describe, expect, it } from 'vitest'

import { parseCommunities } from '#core/bgp/community.ts'
import { parsePrefix, type Prefix } from '#core/bgp/prefix.ts'
import type { Route, RouteTable } from '#core/bgp/routes.ts'
import type { Address } from '#core/model/address.ts'
import { compileRouting, type Before, type Routing, type Session } from '#plugins/gobgp/routing.ts'

const nothing: Before = { treatments: [], neighbors: new Set() }
const addressOf: Readonly<Record<string, string>> = { tor1: '192.0.2.1', tor2: '192.0.2.2', tor6: 'fd00::1' }

function session(name: string, change: Partial<Session> = {}): Session {
  const local = { IPv4: '192.0.2.11' as Address, IPv6: 'fd00::11' as Address }
  return {
    address: addressOf[name] as Address,
    internal: false,
    local,
    families: ['IPv4', 'IPv6'],
    ...change,
  }
}

function sessions(...names: string[]): ReadonlyMap<string, Session> {
  return new Map(names.map((name) => [name, session(name)]))
}

function route(text: string, ...communities: string[]): [string, Route] {
  const prefix = parsePrefix(text) as Prefix
  return [
    text,
    { prefix, attributes: { key: communities.join(), communities: parseCommunities(communities) } },
  ]
}

function tables(by: Readonly<Record<string, readonly [string, Route][]>>): ReadonlyMap<string, RouteTable> {
  return new Map(Object.entries(by).map(([peer, routes]) => [peer, new Map(routes)]))
}

function beforeOf({ treatments }: Routing, ...peers: string[]): Before {
  return { treatments, neighbors: new Set(peers.map((peer) => addressOf[peer] as Address)) }
}

const marks = ({ paths }: Routing): Record<string, number> =>
  Object.fromEntries([...paths].map(([key, { mark }]) => [key, mark]))

const plain = [route('203.0.113.1/32'), route('203.0.113.2/32')]

describe('the routing', () => {
  it('gives prefixes that are treated alike one mark, and one statement per neighbour', () => {
    const routing = compileRouting(tables({ tor1: plain, tor2: plain }), sessions('tor1', 'tor2'), nothing)
    expect(marks(routing)).toEqual({ '203.0.113.1/32': 1, '203.0.113.2/32': 1 })
    expect(routing.treatments).toEqual([
      { mark: 1, neighbor: '192.0.2.1', action: '' },
      { mark: 1, neighbor: '192.0.2.2', action: '' },
    ])
    expect(routing.told.get('tor2')).toEqual(new Set(['203.0.113.1/32', '203.0.113.2/32']))
  })

  it('gives prefixes for other peers, or with other attributes, other marks', () => {
    const mixed = tables({ tor1: [...plain, route('203.0.113.3/32', '65000:1')], tor2: plain.slice(0, 1) })
    const routing = compileRouting(mixed, sessions('tor1', 'tor2'), nothing)
    expect(new Set(Object.values(marks(routing))).size).toBe(3)
    const third = routing.paths.get('203.0.113.3/32')?.mark
    expect(routing.treatments.filter(({ mark }) => mark === third)).toEqual([
      { mark: third, neighbor: '192.0.2.1', action: 'std=65000:1' },
    ])
  })

  it('gives the other family the next hop that the node has there', () => {
    const both = tables({
      tor1: [route('203.0.113.1/32'), route('2001:db8::1/128')],
      tor6: [route('203.0.113.1/32')],
    })
    const routing = compileRouting(both, sessions('tor1', 'tor6'), nothing)
    const actions = routing.treatments.map(({ neighbor, action }) => `${neighbor} ${action}`)
    expect(actions).toEqual(['192.0.2.1 ', 'fd00::1 via=192.0.2.11', '192.0.2.1 via=fd00::11'])
  })

  it('gives IPv4 an IPv6 next hop where the node has nothing else there (RFC 8950)', () => {
    const only6 = new Map([['tor6', session('tor6', { local: { IPv6: 'fd00::11' as Address } })]])
    const { treatments } = compileRouting(tables({ tor6: plain }), only6, nothing)
    expect(treatments.map(({ action }) => action)).toEqual(['via=fd00::11'])
  })

  it('tells a session of one family that family alone', () => {
    const both = tables({ tor1: [...plain, route('2001:db8::1/128')] })
    const single = new Map([['tor1', session('tor1', { families: ['IPv4'] })]])
    const { paths, told } = compileRouting(both, single, nothing)
    expect([...paths.keys()]).toEqual(['203.0.113.1/32', '203.0.113.2/32'])
    expect(told.get('tor1')).toEqual(new Set(paths.keys()))
  })

  it('holds back what has no next hop', () => {
    const alone = new Map([['tor1', session('tor1', { local: {} })]])
    const routing = compileRouting(tables({ tor1: [...plain, route('2001:db8::1/128')] }), alone, nothing)
    expect([...routing.paths.keys()]).toEqual(['203.0.113.1/32', '203.0.113.2/32'])
    expect(routing.told.get('tor1')?.size).toBe(2)
  })

  it('keeps marks when nothing changes, whatever their numbers', () => {
    const wanted = tables({ tor1: [...plain, route('203.0.113.3/32', '65000:1')] })
    const before: Before = {
      treatments: [
        { mark: 9, neighbor: '192.0.2.1' as Address, action: '' },
        { mark: 4, neighbor: '192.0.2.1' as Address, action: 'std=65000:1' },
      ],
      neighbors: new Set(['192.0.2.1' as Address]),
    }
    expect(marks(compileRouting(wanted, sessions('tor1'), before))).toEqual({
      '203.0.113.1/32': 9,
      '203.0.113.2/32': 9,
      '203.0.113.3/32': 4,
    })
  })

  it('keeps marks when a neighbour comes or goes', () => {
    const one = compileRouting(tables({ tor1: plain }), sessions('tor1'), nothing)
    const two = compileRouting(
      tables({ tor1: plain, tor2: plain }),
      sessions('tor1', 'tor2'),
      beforeOf(one, 'tor1'),
    )
    expect(marks(two)).toEqual(marks(one))
    const back = compileRouting(tables({ tor2: plain }), sessions('tor2'), beforeOf(two, 'tor1', 'tor2'))
    expect(marks(back)).toEqual(marks(one))
  })

  it('never gives a mark another meaning for a neighbour that stays', () => {
    const first = compileRouting(tables({ tor1: plain }), sessions('tor1'), nothing)
    const changed = tables({ tor1: [route('203.0.113.1/32', '65000:1'), ...plain.slice(1)] })
    const second = compileRouting(changed, sessions('tor1'), beforeOf(first, 'tor1'))
    expect(marks(second)).toEqual({ '203.0.113.1/32': 2, '203.0.113.2/32': 1 })
    const withdrawn = tables({ tor1: plain, tor2: plain })
    const third = compileRouting(withdrawn, sessions('tor1', 'tor2'), nothing)
    const fourth = compileRouting(
      tables({ tor1: plain, tor2: [] }),
      sessions('tor1', 'tor2'),
      beforeOf(third, 'tor1', 'tor2'),
    )
    expect(Object.values(marks(fourth))).toEqual([2, 2])
  })
})
