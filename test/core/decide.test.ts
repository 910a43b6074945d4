import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { decide } from '#core/decide.ts'
import type { Facts } from '#core/model/facts.ts'

import { cluster } from './incremental/cluster.ts'
import { facts, service, slice } from './selection/fixtures.ts'

function reversed(input: Facts): Facts {
  const { nodes, endpointSlices } = input
  return {
    ...input,
    config: input.config.toReversed(),
    services: input.services.toReversed(),
    ...(nodes && { nodes: nodes.toReversed() }),
    ...(endpointSlices && { endpointSlices: endpointSlices.toReversed() }),
  }
}

describe('decide', { timeout: 30_000 }, () => {
  it('comes to the same whatever the order of the input', () => {
    fc.assert(
      fc.property(cluster, (input) => {
        expect(decide(reversed(input))).toEqual(decide(input))
      }),
    )
  })

  it('gives every address one owner at most', () => {
    fc.assert(
      fc.property(cluster, (input) => {
        const owners = new Map<string, Set<string>>()
        for (const { announcer, address, nodes } of decide(input).announcements) {
          if (announcer !== 'l2') continue
          for (const node of nodes) owners.set(address, (owners.get(address) ?? new Set()).add(node))
        }
        for (const nodes of owners.values()) expect(nodes.size).toBe(1)
      }),
    )
  })

  it('says of every node and Service that it announces, or why it does not', () => {
    fc.assert(
      fc.property(cluster, (input) => {
        const { assignments, announcements, silences } = decide(input)
        const names = input.nodes?.map(({ metadata }) => metadata.name) ?? []
        const said = [...announcements, ...silences.map((found) => ({ ...found, nodes: [found.node] }))]
        const pairs = new Set(said.flatMap((found) => found.nodes.map((node) => `${found.service} ${node}`)))
        for (const { service } of assignments)
          for (const node of names) expect(pairs).toContain(`${service} ${node}`)
      }),
    )
  })

  it('says once what it took for granted', () => {
    const services = [service('a'), service('b'), service('c')]
    expect(decide(facts({ services, endpointSlices: [slice('a', ['n1'])] })).assumptions).toEqual([
      'no EndpointSlice of default/b, default/c: a ready endpoint on every node is assumed',
      'no Nodes in the input: those that other objects name are assumed, healthy and with the label kubernetes.io/hostname only: n1',
    ])
    expect(decide(facts({ services, nodes: [], complete: true })).assumptions).toEqual([])
  })
})
