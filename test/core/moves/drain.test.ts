import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { decide } from '#core/decide.ts'
import type { ConfigObject } from '#core/model/objects.ts'
import type { Facts, Holder } from '#core/model/facts.ts'
import { planDrain } from '#core/moves/drain.ts'

import { facts, node, service, settings } from '../selection/fixtures.ts'

const namespace = 'metallb-system'

function configOf(selected: readonly string[]): ConfigObject[] {
  const nodeSelectors = selected.map((name) => ({ matchLabels: { 'kubernetes.io/hostname': name } }))
  return [
    {
      apiVersion: 'metallb.io/v1beta1',
      kind: 'IPAddressPool',
      metadata: { name: 'first', namespace },
      spec: { addresses: ['192.0.2.0/24'], autoAssign: true, avoidBuggyIPs: false },
    },
    {
      apiVersion: 'metallb.io/v1beta1',
      kind: 'L2Advertisement',
      metadata: { name: 'lan', namespace },
      spec: selected.length === 0 ? {} : { nodeSelectors },
    },
  ]
}

interface World {
  readonly nodes: readonly string[]
  readonly services: number
  readonly election: 'hash' | 'stable'
  readonly dead?: readonly string[]
  readonly selected?: readonly string[]
}

function factsOf({ nodes, services, election, dead = [], selected = [] }: World): Facts {
  const bare = facts({
    settings: { ...settings, election },
    nodes: nodes.map((name) => node(name, { labels: { 'kubernetes.io/hostname': name } })),
    services: Array.from({ length: services }, (_, index) => service(`s${index}`)),
    dead: new Set(dead),
  })
  return { ...bare, config: configOf(selected) }
}

function holdersOf(world: Facts): Holder[] {
  return decide(world).elections.flatMap(({ announcer, address, winner }) =>
    winner === undefined ? [] : [{ announcer, address, node: winner }],
  )
}

const worlds = fc.record({
  nodes: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 2 }),
  services: fc.integer({ min: 0, max: 30 }),
  election: fc.constantFrom('hash' as const, 'stable' as const),
})

describe('a drain', () => {
  it('moves every address of the node, once, to a living candidate, and none of anybody else', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const present = factsOf(world)
        const held = { ...present, holders: holdersOf(present) }
        const [leaving = ''] = world.nodes
        const own = held.holders.filter((holder) => holder.node === leaving)
        const { moves, stranded } = planDrain(held, leaving)
        expect(stranded).toEqual([])
        expect(moves.map(({ address }) => address).toSorted()).toEqual(
          own.map(({ address }) => address).toSorted(),
        )
        for (const { from, to } of moves) {
          expect(from).toBe(leaving)
          expect(world.nodes.slice(1)).toContain(to)
        }
      }),
      { numRuns: 30 },
    )
  })

  it('comes to what the election says once the node is gone: nothing moves twice', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const present = factsOf(world)
        const held = { ...present, holders: holdersOf(present) }
        const [leaving = ''] = world.nodes
        const moved = new Map(planDrain(held, leaving).moves.map(({ address, to }) => [address, to]))
        const holders = held.holders.map((one) => ({ ...one, node: moved.get(one.address) ?? one.node }))
        const gone = { ...factsOf({ ...world, dead: [leaving] }), holders }
        const owners = new Map(decide(gone).elections.map(({ address, winner }) => [address, winner]))
        expect(owners).toEqual(new Map(holders.map(({ address, node }) => [address, node])))
      }),
      { numRuns: 30 },
    )
  })

  it('lets the heirs take turns', () => {
    const { moves } = planDrain(factsOf({ nodes: ['a', 'b', 'c'], services: 40, election: 'hash' }), 'a')
    const heirs = new Set(moves.map(({ to }) => to)).size
    expect(heirs).toBe(2)
    expect(new Set(moves.slice(0, heirs).map(({ to }) => to)).size).toBe(heirs)
  })

  it('leaves what no other node may announce where it is, and says so', () => {
    const world = factsOf({ nodes: ['a', 'b'], services: 1, election: 'hash', selected: ['a'] })
    const message = 'nodeSelectors of L2Advertisement metallb-system/lan do not select b'
    const what = {
      announcer: 'l2',
      address: '192.0.2.0',
      addresses: ['192.0.2.0'],
      services: ['default/s0'],
    }
    const stranded = [{ ...what, from: 'a', message }]
    expect(planDrain(world, 'a')).toEqual({
      moves: [],
      withdrawals: [],
      stranded,
    })
  })

  it('of a node that holds nothing moves nothing', () => {
    const world = factsOf({ nodes: ['a', 'b'], services: 3, election: 'hash', selected: ['a'] })
    expect(planDrain(world, 'b')).toEqual({
      moves: [],
      withdrawals: [],
      stranded: [],
    })
  })
})
