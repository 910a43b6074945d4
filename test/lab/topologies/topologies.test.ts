import { describe, expect, it } from 'vitest'

import { validateSpec } from '#lab/spec.ts'
import { bridgeTopology } from '#lab/topologies/bridge.ts'
import { TOPOLOGIES } from '#lab/topologies/catalogue.ts'
import { podNetwork } from '#lab/topologies/pods.ts'
import { routedTopology } from '#lab/topologies/routed.ts'

describe('the bridge topology', () => {
  it('is sound, however many nodes it has', () => {
    for (const count of [1, 3, 100]) {
      const nodes = Array.from({ length: count }, (_, index) => `node${index + 1}`)
      expect(validateSpec(bridgeTopology({ nodes }))).toEqual([])
    }
  })

  it('keeps the names it is given', () => {
    const spec = bridgeTopology({ nodes: ['kind-control-plane', 'kind-worker'], pods: false })
    expect(Object.keys(spec.nodes)).toEqual(['kind-control-plane', 'kind-worker', 'client'])
    expect(Object.keys(spec.segments)).toEqual(['lan'])
  })

  it('lets every node reach every pod', () => {
    const { node2 } = bridgeTopology().nodes
    expect(node2?.interfaces[1]?.addresses).toContain(`${podNetwork(1).gateway}/24`)
    expect(node2?.routes?.map(({ to }) => to)).toEqual(
      [0, 2].flatMap((other) => [podNetwork(other).prefix, podNetwork(other).prefix6]),
    )
  })
})

describe('the routed topology', () => {
  it('is sound, with and without its parts', () => {
    for (const pods of [true, false])
      for (const client of [true, false]) expect(validateSpec(routedTopology({ pods, client }))).toEqual([])
  })

  it('has the addresses of the walk-through', () => {
    const { router, master1, worker1 } = routedTopology({ nodes: ['master1', 'worker1'] }).nodes
    const first = (node: typeof router, index = 0): string | undefined =>
      node?.interfaces[index]?.addresses?.[0]
    expect([first(router), first(router, 1)]).toEqual(['172.16.1.1/24', '172.16.2.1/24'])
    expect([first(master1), first(worker1)]).toEqual(['172.16.1.11/24', '172.16.2.21/24'])
    expect(worker1?.routes).toContainEqual({ to: 'default', via: '172.16.2.1' })
  })
})

it("the second node's pod is the walk-through's", () => {
  expect(podNetwork(1).pod).toBe('172.20.166.20')
})

it('the catalogue asks for the router it is told to run', () => {
  const routed = TOPOLOGIES.find(({ name }) => name === 'routed')
  expect(routed?.features({ router: 'bird', services: [] })).toEqual(['bird'])
  expect(
    routed?.features({ router: 'frr', services: [{ address: '10.254.254.1', port: 80, protocol: 'TCP' }] }),
  ).toEqual(['frr', 'nft'])
})
