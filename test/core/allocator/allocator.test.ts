import { describe, expect, it } from 'vitest'

import { dual, pool, service, withStatus, type ServiceWords } from './build.ts'

import { Allocator, type Changes } from '#core/allocator/allocator.ts'
import type { Pool } from '#core/model/config.ts'
import type { ServiceObject } from '#core/model/objects.ts'

const tiny = [pool('tiny', ['10.0.0.0/31'])]

/** An allocator that has decided on these. */
function allocatorOf(pools: readonly Pool[], ...services: ServiceObject[]): Allocator {
  const allocator = new Allocator()
  for (const object of services) allocator.upsert(object)
  allocator.setPools(pools)
  return allocator
}

/** The changed addresses by name, dropped Services as `dropped`. */
function news({ assigned, dropped }: Changes): Record<string, readonly string[] | 'dropped'> {
  return {
    ...Object.fromEntries(assigned.map(({ service, addresses }) => [service.split('/')[1], addresses])),
    ...Object.fromEntries(dropped.map((name) => [name.split('/')[1], 'dropped'] as const)),
  }
}

describe('Allocator', () => {
  it('decides nothing before it knows the pools', () => {
    const allocator = new Allocator()
    expect(allocator.upsert(service('a'))).toEqual({ assigned: [], dropped: [] })
    expect(allocator.assignment('default/a')).toBeUndefined()
    expect(allocator.assignments()).toEqual([])
    expect(news(allocator.setPools(tiny))).toEqual({ a: ['10.0.0.0'] })
  })

  it('tells what changed, and only that', () => {
    const allocator = allocatorOf(tiny, service('a'))
    expect(news(allocator.upsert(service('b')))).toEqual({ b: ['10.0.0.1'] })
    expect(news(allocator.upsert(service('c')))).toEqual({ c: [] })
    expect(news(allocator.upsert(service('c')))).toEqual({})
    expect(news(allocator.remove('default/b'))).toEqual({ b: 'dropped', c: ['10.0.0.1'] })
    expect(news(allocator.remove('default/b'))).toEqual({})
    expect(news(allocator.setPools(tiny))).toEqual({})
  })

  it('gives a released address to whoever waited first', () => {
    const allocator = allocatorOf(tiny, service('a'), service('b'))
    allocator.upsert(service('late', { created: 5 }))
    allocator.upsert(service('early', { created: 1 }))
    expect(news(allocator.remove('default/b'))).toEqual({ b: 'dropped', early: ['10.0.0.1'] })
    expect(news(allocator.remove('default/a'))).toEqual({ a: 'dropped', late: ['10.0.0.0'] })
  })

  it('serves a Service that waited for an exact address when its holder leaves', () => {
    const allocator = allocatorOf(tiny, service('a'))
    const waiting = allocator.upsert(service('b', { spec: { loadBalancerIP: '10.0.0.0' } }))
    expect(waiting.assigned[0]).toMatchObject({ addresses: [], reason: 'AddressInUse' })
    expect(news(allocator.remove('default/a'))).toEqual({ a: 'dropped', b: ['10.0.0.0'] })
  })

  it('serves a Service that waited for a port when that becomes free', () => {
    const shared = (name: string, port: number): ServiceObject =>
      service(name, {
        annotations: { 'allow-shared-ip': 'k' },
        spec: { loadBalancerIP: '10.0.0.0', ports: [{ port }] },
      })
    const allocator = allocatorOf(tiny, shared('a', 80), shared('c', 443))
    expect(allocator.upsert(shared('b', 80)).assigned[0]).toMatchObject({ reason: 'PortConflict' })
    expect(news(allocator.upsert(shared('a', 8080)))).toEqual({ b: ['10.0.0.0'] })
  })

  it('tells those who wait that the cause has changed', () => {
    const ask = (name: string, key: string): ServiceObject =>
      service(name, { annotations: { 'allow-shared-ip': key }, spec: { loadBalancerIP: '10.0.0.0' } })
    const allocator = allocatorOf(tiny, ask('b', 'k'), ask('c', 'l'))
    expect(allocator.assignment('default/c')?.message).toContain('in use by default/b')
    const changes = allocator.upsert(
      service('a', {
        annotations: { 'allow-shared-ip': 'k' },
        spec: { loadBalancerIP: '10.0.0.0', ports: [] },
      }),
    )
    expect(changes.assigned.map(({ service, message }) => [service, message])).toEqual([
      ['default/a', 'gets 10.0.0.0 from pool "tiny", shared with default/b'],
      ['default/c', '"10.0.0.0" is in use by default/a with sharing key "k", not "l"'],
    ])
  })

  it('remembers what it gave while the status lags behind', () => {
    const allocator = allocatorOf(tiny, service('a'), service('b'))
    allocator.remove('default/a')
    const stale = service('b', { labels: { edited: 'yes' } })
    expect(news(allocator.upsert(stale))).toEqual({})
    const written = allocator.upsert(withStatus(stale, ['10.0.0.1']))
    expect(written.assigned).toMatchObject([{ reason: 'Unchanged', addresses: ['10.0.0.1'] }])
  })

  it('keeps the address when a request is removed, and follows a new one', () => {
    const asks = (address?: string): ServiceObject =>
      service('a', address === undefined ? {} : { annotations: { loadBalancerIPs: address } })
    const allocator = allocatorOf(tiny, asks('10.0.0.1'))
    expect(news(allocator.upsert(asks()))).toEqual({})
    expect(news(allocator.upsert(asks('10.0.0.0')))).toEqual({ a: ['10.0.0.0'] })
    expect(news(allocator.upsert(asks('10.9.9.9')))).toEqual({ a: [] })
    expect(news(allocator.upsert(asks()))).toEqual({ a: ['10.0.0.0'] })
  })

  it('drops a Service that stops being ours, and takes its status for true when it comes back', () => {
    const words: ServiceWords = { status: ['10.0.0.1'] }
    const allocator = allocatorOf(tiny, service('a', words))
    expect(news(allocator.upsert(service('a', { ...words, spec: { type: 'NodePort' } })))).toEqual({
      a: 'dropped',
    })
    expect(allocator.usage()).toMatchObject([{ usedIPv4: 0 }])
    expect(news(allocator.upsert(service('a', words)))).toEqual({ a: ['10.0.0.1'] })
  })

  it('takes a Service that was deleted and made anew for another one', () => {
    const allocator = allocatorOf(tiny, service('a', { uid: '1', status: ['10.0.0.1'] }))
    expect(news(allocator.upsert(service('a', { uid: '2' })))).toEqual({ a: ['10.0.0.0'] })
  })

  it('readmits Services with what their statuses list before anybody who waits gets that', () => {
    const allocator = allocatorOf(tiny, service('a'), service('b'), service('c'))
    const moved = withStatus(service('b'), ['10.0.0.0'])
    expect(news(allocator.readmit([moved, service('a')]))).toEqual({ a: ['10.0.0.1'], b: ['10.0.0.0'] })
    expect(news(allocator.readmit([moved]))).toEqual({})
    expect(allocator.assignment('default/c')?.addresses).toEqual([])
  })

  it('keeps addresses over a renaming or splitting of pools, and moves only those that no pool has', () => {
    const pools = [pool('one', ['10.0.0.0/30'])]
    const services = ['a', 'b', 'c'].map((name) => service(name))
    const allocator = allocatorOf(pools, ...services)
    const split = [pool('x', ['10.0.0.0/32']), pool('y', ['10.0.0.1/32', '10.0.0.8/32'])]
    const changes = allocator.setPools(split)
    expect(changes.assigned.map(({ service, pool, addresses }) => [service, pool, ...addresses])).toEqual([
      ['default/a', 'x', '10.0.0.0'],
      ['default/b', 'y', '10.0.0.1'],
      ['default/c', 'y', '10.0.0.8'],
    ])
  })

  it('gives everybody back what they had when the pools return', () => {
    const services = ['a', 'b'].map((name) => service(name, { created: name === 'a' ? 2 : 1 }))
    const allocator = allocatorOf(tiny, ...services)
    const held = news({ assigned: allocator.assignments(), dropped: [] })
    expect(held).toEqual({ a: ['10.0.0.1'], b: ['10.0.0.0'] })
    const gone = allocator.setPools([])
    expect(gone.assigned.map(({ reason }) => reason)).toEqual(['NoPools', 'NoPools'])
    allocator.upsert(service('0', { created: 0 }))
    expect(news(allocator.setPools(tiny))).toEqual({ ...held, 0: [] })
  })

  it('completes a pair as soon as the pool has the other family', () => {
    const spec = { ...dual, ipFamilyPolicy: 'PreferDualStack' } as const
    const pools = [pool('lan', ['10.0.0.0/30', 'fd00::/128'])]
    const allocator = allocatorOf(
      pools,
      service('six', { created: 0, spec: { clusterIPs: ['fd00::1'] } }),
      service('a', { spec }),
    )
    expect(allocator.assignment('default/a')).toMatchObject({
      addresses: ['10.0.0.0'],
      reason: 'Assigned',
      message: 'gets 10.0.0.0 from pool "lan"; no available IPs in pool "lan": no IPv6 address of 1 is free',
    })
    expect(news(allocator.remove('default/six'))).toEqual({ six: 'dropped', a: ['10.0.0.0', 'fd00::'] })
  })

  it('hands on what a Service gives up that cannot complete its pair', () => {
    const pools = [pool('lan', ['10.0.0.0/32', 'fd00::/128'])]
    const spec = { ...dual, ipFamilyPolicy: 'RequireDualStack' } as const
    const single = { clusterIPs: ['10.96.0.1'] }
    const allocator = allocatorOf(
      pools,
      service('six', { created: 0, spec: { clusterIPs: ['fd00::1'] } }),
      service('a', { created: 1, spec: single }),
      service('w', { created: 2, spec: single }),
    )
    expect(allocator.assignment('default/w')).toMatchObject({ addresses: [], reason: 'PoolExhausted' })
    expect(news(allocator.upsert(service('a', { created: 1, spec })))).toEqual({ a: [], w: ['10.0.0.0'] })
  })

  it('serves waiting Services again after one that was in the way changed its mind', () => {
    const allocator = allocatorOf([pool('lan', ['10.0.0.0/32'])], service('a'), service('b'))
    const elsewhere = service('a', { annotations: { 'address-pool': 'none' } })
    expect(news(allocator.upsert(elsewhere))).toEqual({ a: [], b: ['10.0.0.0'] })
  })
})
