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

describe('rows of a process that sees its own node only', () => {
  const [announcement] = sampleView().announcements
  const view = sampleView({
    announcements: [announcement!],
    owners: sampleView().owners.map((owner) => ({
      ...owner,
      service: 'default/db',
      address: db!.addresses[0]!,
      winner: 'node-b',
    })),
  })
  const stateOf = (...args: Parameters<typeof serviceRows>) => serviceRows(...args)[0]?.state
  const quiet = { announcements: [], incomplete: false }

  it('say what the others say that they announce', () => {
    const told = { node: 'node-b', announcer: 'bgp', service: 'default/db', via: ['tor-1'], since: 'then' }
    const [row] = serviceRows([view], { announcements: [told], incomplete: false })
    expect(row).toMatchObject({
      state: 'announced',
      announcements: [{ node: 'node-b', announcer: 'bgp', phase: 'serving', via: ['tor-1'], since: 'then' }],
    })
  })

  it('believe in another node that was elected', () => {
    const [row] = serviceRows([view], quiet)
    expect(row).toMatchObject({
      state: 'elsewhere',
      announcements: [{ node: 'node-b', announcer: 'l2', phase: 'elected' }],
    })
  })

  it('call silent what nobody was elected for, unless somebody may announce it unheard', () => {
    const lonely = sampleView({ announcements: [announcement!], owners: [] })
    expect(stateOf([lonely], quiet)).toBe('silent')
    expect(stateOf([lonely], { ...quiet, incomplete: true })).toBe('elsewhere')
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
