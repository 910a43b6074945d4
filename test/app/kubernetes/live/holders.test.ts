import { describe, expect, it } from 'vitest'

import { holdersIn } from '#app/kubernetes/live/holders.ts'

const metadata = (name: string, creationTimestamp?: string) => ({
  name,
  namespace: 'default',
  ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
})
const service = (name: string, ...ips: string[]) => ({
  metadata: metadata(name),
  status: { loadBalancer: { ingress: ips.map((ip) => ({ ip })) } },
})
const status = (node: string, serviceName: string, created: string) => ({
  metadata: metadata(`l2-${node}`, created),
  status: { node, serviceName, serviceNamespace: 'default' },
})

describe('who holds what in a cluster', () => {
  it('is the node whose speaker says that it answers, for each address of the Service', () => {
    const statuses = [status('b', 'web', '2026-01-01T00:00:00Z')]
    const services = [service('web', '192.0.2.1', '2001:DB8::1'), service('idle', '192.0.2.2')]
    expect(holdersIn(statuses, services, ['l2'])).toEqual([
      { announcer: 'l2', address: '192.0.2.1', node: 'b' },
      { announcer: 'l2', address: '2001:db8::1', node: 'b' },
    ])
  })

  it('is the later one of two, in the middle of a handover', () => {
    const statuses = [status('b', 'web', '2026-01-01T00:00:09Z'), status('a', 'web', '2026-01-01T00:00:00Z')]
    expect(holdersIn(statuses, [service('web', '192.0.2.1')], ['l2'])).toMatchObject([{ node: 'b' }])
  })

  it('is nobody for a Service that is gone, and for a status that names no node', () => {
    expect(
      holdersIn([status('', 'web', ''), status('a', 'gone', '')], [service('web', '192.0.2.1')], ['l2']),
    ).toEqual([])
  })
})
