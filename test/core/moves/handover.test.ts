import { describe, expect, it } from 'vitest'

import { handoversOf } from '#core/moves/handover.ts'
import { decide } from '#core/decide.ts'
import type { Facts } from '#core/model/facts.ts'
import type { NodeObject } from '#core/model/objects.ts'

import { address, drained, facts, node, service, slice } from '../selection/fixtures.ts'

const namespace = 'metallb-system'
const config: Facts['config'] = [
  {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'IPAddressPool',
    metadata: { name: 'first', namespace },
    spec: { addresses: ['192.0.2.0/29'], autoAssign: true, avoidBuggyIPs: false },
  },
  {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'L2Advertisement',
    metadata: { name: 'lan', namespace },
    spec: {},
  },
]
const [first, second] = [address('192.0.2.0'), address('192.0.2.1')]

/** What node a hands over, having held both addresses. */
function handovers(nodes: readonly NodeObject[], parts: Partial<Facts> = {}) {
  const services = [service('s0'), service('s1')]
  const decisions = decide(facts({ config, nodes, services, ...parts }))
  const { assignments, elections: owners } = decisions
  const silences = decisions.silences.filter((silence) => silence.node === 'a')
  return handoversOf({ assignments, owners, silences }, [first, second], 'a')
}

describe('what a node hands over', () => {
  it('is planned while it could go on', () => {
    const expected = [first, second].map((address) => ({ address, to: 'b', manner: 'in-turn' }))
    expect(handovers([drained('a'), node('b')])).toEqual(expected)
    const labels = { 'node.kubernetes.io/exclude-from-external-load-balancers': '' }
    expect(handovers([node('a', { labels }), node('b')])).toEqual(expected)
  })

  it('is not planned where it has no endpoint, or no network', () => {
    expect(handovers([node('a', { networkUnavailable: true }), node('b')])).toMatchObject([
      { manner: 'urgent' },
      { manner: 'urgent' },
    ])
    const local = { services: [service('s0', { policy: 'Local' }), service('s1')] }
    const elsewhere = { ...local, endpointSlices: [slice('s0', ['b'])] }
    expect(handovers([drained('a'), node('b')], elsewhere)).toMatchObject([
      { address: first, manner: 'urgent' },
      { address: second, manner: 'in-turn' },
    ])
  })

  it('goes on for as long as nobody takes over, where only its data path is shut', () => {
    const [pool, lan] = config
    const gated = {
      ...lan,
      metadata: { ...lan?.metadata, annotations: { 'heraldlb.io/data-path-gate': 'true' } },
    }
    const shutPaths = [{ address: first, node: 'a', state: 'shut' as const }]
    const parts = { config: [pool, gated] as Facts['config'], shutPaths }
    const nodes = [node('a'), node('b')]
    expect(handovers(nodes, parts)).toContainEqual({ address: first, to: 'b', manner: 'at-once' })
    expect(handovers([node('a', { networkUnavailable: true }), node('b')], parts)).toMatchObject([
      { manner: 'urgent' },
      { manner: 'urgent' },
    ])
  })

  it('is nothing that nobody else was elected to', () => {
    expect(handovers([drained('a')])).toEqual([])
    expect(handovers([drained('a'), node('b')], { dead: new Set(['b']) })).toEqual([])
  })
})
