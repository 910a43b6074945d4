import { describe, expect, it } from 'vitest'

import { pageOf, serviceRows } from '#app/status-page/service-rows.ts'
import { sampleView } from '../node/view/sample-view.ts'

const [db, web] = serviceRows([sampleView()])

describe('rows of Services', () => {
  it('say who serves an address, and where nobody does', () => {
    expect(web).toMatchObject({
      service: 'default/web',
      state: 'announced',
      announcements: [{ node: 'node-a', announcer: 'l2', phase: 'serving' }],
    })
    expect(db).toMatchObject({ service: 'default/db', state: 'silent' })
  })

  it('join what every running process does for a Service', () => {
    const others = [
      sampleView({ node: 'node-b', role: 'following' }),
      sampleView({ node: 'node-c', role: 'stopped' }),
    ]
    const [, row] = serviceRows([sampleView(), ...others])
    expect(row?.announcements.map(({ node }) => node)).toEqual(['node-a', 'node-b'])
  })

  it('call a Service without an address pending', () => {
    const services = [{ service: 'a/b', addresses: [], reason: 'PoolExhausted', message: 'full' } as const]
    expect(serviceRows([sampleView({ services })])).toMatchObject([{ state: 'pending', announcements: [] }])
  })
})

describe('a page of rows', () => {
  const rows = serviceRows([sampleView()])
  const names = (search: string) =>
    pageOf(rows, { search, offset: 0, limit: 10 }).items.map(({ service }) => service)

  it('has the rows where every word occurs somewhere', () => {
    expect(names('')).toEqual(['default/db', 'default/web'])
    expect(names('WEB')).toEqual(['default/web'])
    expect(names('lan node-a l2')).toEqual(['default/web'])
    expect(names('silent')).toEqual(['default/db'])
    expect(names('192.0.2.2 web')).toEqual([])
  })

  it('says how many there are in all', () => {
    expect(pageOf(rows, { search: '', offset: 1, limit: 1 })).toMatchObject({
      total: 2,
      offset: 1,
      items: [{ service: 'default/web' }],
    })
  })
})
