import { describe, expect, it } from 'vitest'

import type { Facts } from '#core/model/facts.ts'
import { without } from '#core/plan/without.ts'

import { facts, node, service, slice } from '../selection/fixtures.ts'

const input: Facts = facts({
  nodes: [node('a'), node('b')],
  services: [service('web'), service('web', { namespace: 'shop' }), service('dns')],
  endpointSlices: [slice('web', ['a'])],
})

describe('facts without an object', () => {
  it.each([
    ['Node a', 'Node a'],
    ['node/a', 'Node a'],
    ['nodes a', 'Node a'],
    ['no/a', 'Node a'],
    ['Service shop/web', 'Service shop/web'],
    ['svc/shop/web', 'Service shop/web'],
    ['services/dns', 'Service default/dns'],
    ['EndpointSlice web-1', 'EndpointSlice default/web-1'],
  ])('%s names %s', (text, ref) => {
    expect(without(input, text)).toMatchObject({ ref })
  })

  it('lack that object only', () => {
    const result = without(input, 'Node a')
    const left = 'facts' in result ? result.facts : input
    expect(left.nodes?.map(({ metadata }) => metadata.name)).toEqual(['b'])
    expect(left.services).toEqual(input.services)
  })

  it('a kind that is left without objects is still known', () => {
    const result = without(facts({ nodes: [node('a')] }), 'Node a')
    expect('facts' in result && result.facts.nodes).toEqual([])
  })

  it.each([
    ['Node c', 'no Node c in the input; did you mean "Node a"?'],
    ['svc/web', 'svc/web is one of Service default/web, Service shop/web; name its namespace'],
    ['', 'no  in the input'],
  ])('%j is a fault', (text, fault) => {
    expect(without(input, text)).toEqual({ fault })
  })
})
