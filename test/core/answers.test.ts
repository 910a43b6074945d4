import { createHash } from 'node:crypto'

import { expect, it } from 'vitest'

import { askersFor, lastVerdictOf, verdictOf, type Answer } from '#core/answers.ts'
import type { Address } from '#core/model/address.ts'
import type { Config } from '#core/model/config.ts'
import type { Facts } from '#core/model/facts.ts'
import type { NodeObject } from '#core/model/objects.ts'

const stranger = { hardwareAddress: '02:00:00:00:00:99', via: 'eth0' }
const said = (node: string, more: Partial<Answer> = {}): Answer => ({ node, askers: ['a', 'b'], ...more })

it('waits until every node that asks has answered', () => {
  expect(verdictOf([])).toBeUndefined()
  expect(verdictOf([said('a')])).toBeUndefined()
  expect(verdictOf([said('a'), said('b')])).toEqual({ node: 'a' })
})

it('waits for those as well whom only one of them counts among the askers', () => {
  const answers = [said('a'), said('b', { askers: ['b', 'c'] })]
  expect(verdictOf(answers)).toBeUndefined()
  expect(verdictOf([...answers, said('c', { askers: ['c'] })])).toEqual({ node: 'a' })
})

it('needs one node that hears somebody, whatever the others say', () => {
  expect(verdictOf([said('a', { answeredBy: stranger })])).toEqual({ node: 'a', answeredBy: stranger })
  expect(verdictOf([said('a'), said('b', { answeredBy: stranger })])).toEqual({
    node: 'b',
    answeredBy: stranger,
  })
})

it('takes an address for free when one node has heard nobody and another could not ask', () => {
  const deaf = said('a', { unasked: 'no interface' })
  expect(verdictOf([deaf, said('b')])).toEqual({ node: 'b' })
  expect(verdictOf([deaf, said('b', { unasked: 'no permission' })])).toEqual({
    node: 'a',
    unasked: 'a: no interface',
  })
})

it('makes do with what there is at last', () => {
  expect(lastVerdictOf([])).toBeUndefined()
  expect(lastVerdictOf([said('a')])).toEqual({ node: 'a' })
})

const address = '192.0.2.1' as Address
const prospect = { service: 'default/web', pool: 'lan', addresses: [address] }

function askers(nodes: readonly NodeObject[], nodeSelectors: readonly object[] = [], dead: string[] = []) {
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
  const facts = { services: [], nodes, settings: {}, dead: new Set(dead), sha256 } as unknown as Facts
  const lan = {
    ref: 'lan',
    announcer: 'l2',
    pools: ['lan'],
    serviceSelectors: [],
    nodeSelectors,
    options: {},
  }
  const config = { advertisements: [lan] } as unknown as Config
  return askersFor([prospect], facts, { announcer: 'l2', config }).get(address)
}

function node(name: string, more: { ready?: boolean; subnets?: string } = {}): NodeObject {
  const { ready = true, subnets } = more
  const annotations = subnets === undefined ? {} : { 'heraldlb.io/subnets': subnets }
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { is: name }, annotations },
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  }
}

const many = Array.from({ length: 100 }, (_, index) => node(`n${index}`))

it('has three nodes of a hundred ask, the same ones wherever it is decided', () => {
  const chosen = askers(many) ?? []
  expect(new Set(chosen).size).toBe(3)
  expect(askers([...many].reverse())).toEqual(chosen)
})

it('has those ask that live, are Ready and on the subnet, where there are any', () => {
  const chosen = askers(many) ?? []
  expect(askers(many, [], [chosen[0] ?? ''])).toEqual([chosen[1], chosen[2], expect.any(String)])
  expect(askers([...many, node('near', { subnets: '192.0.2.0/24' })])?.[0]).toBe('near')
  expect(askers([node('b', { ready: false }), node('c')])).toEqual(['c', 'b'])
})

it('has nobody ask where no node may announce it', () => {
  expect(askers(many, [{ matchLabels: { is: 'n7' } }])).toEqual(['n7'])
  expect(askers(many, [{ matchLabels: { is: 'nobody' } }])).toEqual([])
})
