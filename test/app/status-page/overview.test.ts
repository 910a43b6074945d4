import { describe, expect, it } from 'vitest'

import { overviewOf } from '#app/status-page/overview.ts'
import { serviceRows } from '#app/status-page/service-rows.ts'
import type { NodeView } from '#app/node/view/node-view.ts'
import { sampleView, web } from '../node/view/sample-view.ts'

const overview = (...others: readonly NodeView[]) => {
  const views = [sampleView(), ...others]
  return overviewOf(views, views[0]!, serviceRows(views))
}

describe('the overview', () => {
  it('counts Services by what the network has of them', () => {
    expect(overview().counts).toEqual({
      services: 2,
      announced: 1,
      pending: 0,
      silent: 1,
      problems: 0,
      conflicts: 0,
    })
  })

  it('counts apart what other nodes announce unseen', () => {
    const view = sampleView({ announcements: [] })
    const rows = serviceRows([view], { announcements: [], incomplete: true })
    expect(overviewOf([view], view, rows).counts).toMatchObject({ silent: 0, elsewhere: 2 })
    expect(overview().counts).not.toHaveProperty('elsewhere')
  })

  it('has every node that is a member, wrote a view, or owns an address', () => {
    const nodes = overview(sampleView({ node: 'node-c', role: 'stopped' })).nodes
    expect(nodes).toMatchObject([
      { node: 'node-a', role: 'allocating', ready: true, alive: true, owns: 1 },
      { node: 'node-b', alive: true, owns: 0 },
      { node: 'node-c', role: 'stopped' },
    ])
    expect(nodes[1]).not.toHaveProperty('ready')
    expect(nodes[2]).not.toHaveProperty('alive')
  })

  it('tells a problem once, with the nodes that see it', () => {
    const problems = [{ object: 'Service a/b', field: 'spec', reason: 'WrongType', message: 'm' }] as const
    const b = sampleView({ node: 'node-b', problems })
    const c = sampleView({ node: 'node-c', problems })
    expect(overview(b, c).problems).toEqual([{ ...problems[0], seenBy: ['node-b', 'node-c'] }])
  })

  it('names the stranger who answers for an address of ours', () => {
    const stranger = { hardwareAddress: '02:00:00:00:00:01', via: 'eth0' }
    const conflicts = [{ kind: 'conflict', announcer: 'l2', address: web, ...stranger }] as const
    expect(overview(sampleView({ node: 'node-b', conflicts })).conflicts).toEqual([
      { address: web, node: 'node-b', ...stranger },
    ])
  })

  it('leaves out what a stopped process last thought', () => {
    const stopped = sampleView({ node: 'node-b', role: 'stopped' })
    expect(overview(stopped).peers.map(({ node }) => node)).toEqual(['node-a'])
  })
})
