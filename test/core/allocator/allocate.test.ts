import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { addressesOf, decide, dual, pool, quarantined, service, type ServiceWords } from './build.ts'

import { allocate } from '#core/allocator/allocate.ts'
import { Allocator } from '#core/allocator/allocator.ts'

const prefer = { spec: { ...dual, ipFamilyPolicy: 'PreferDualStack' } } as const
const require = { spec: { ...dual, ipFamilyPolicy: 'RequireDualStack' } } as const

/** What one Service gets. */
function one(words: ServiceWords, pools = [pool('lan', ['10.0.0.0/30', 'fd00::/126'])]) {
  const found = decide({ pools, services: [service('web', words)] })['web']
  if (found === undefined) throw new Error('the Service is not ours')
  return found
}

describe('automatic allocation', () => {
  it('walks the entries in their order, each from its lowest address, network address included', () => {
    const pools = [pool('lan', ['10.0.1.0/31', '10.0.0.9-10.0.0.10'])]
    const services = ['a', 'b', 'c', 'd'].map((name) => service(name))
    expect(addressesOf({ pools, services })).toEqual({
      a: ['10.0.1.0'],
      b: ['10.0.1.1'],
      c: ['10.0.0.9'],
      d: ['10.0.0.10'],
    })
  })

  it('leaves out .0 and .255 of a pool that avoids them, at the price of a small pool', () => {
    const pools = [pool('wide', { addresses: ['10.0.0.0/8'], avoidBuggyIPs: true })]
    const services = Array.from({ length: 255 }, (_, index) => service(`s${index}`, { created: index }))
    const { assignments, pools: usage } = allocate({ pools, services })
    const addresses = new Set(assignments.flatMap((assignment) => assignment.addresses))
    expect(addresses).toContain('10.0.0.254')
    expect(addresses).toContain('10.0.1.1')
    expect([...addresses].filter((address) => /\.(0|255)$/.test(address))).toEqual([])
    expect(usage).toEqual([
      { pool: 'wide', totalIPv4: 254n * 65536n, totalIPv6: 0n, usedIPv4: 255, usedIPv6: 0 },
    ])
  })

  it('takes an IPv6 /64 for what it is', () => {
    const pools = [pool('lab', ['fd00:1::/64', 'fd00:2::/64'])]
    const spec = { clusterIPs: ['fd00::1'] }
    const far = { spec, annotations: { loadBalancerIPs: 'fd00:2::ffff:1' } }
    const services = [service('first', { spec }), service('far', far)]
    expect(addressesOf({ pools, services })).toEqual({ far: ['fd00:2::ffff:1'], first: ['fd00:1::'] })
    expect(allocate({ pools, services }).pools).toEqual([
      { pool: 'lab', totalIPv4: 0n, totalIPv6: 2n ** 65n, usedIPv4: 0, usedIPv6: 2 },
    ])
  })

  it('tries pools by name, leaving out those with autoAssign false', () => {
    const pools = [
      pool('c', ['10.3.0.0/32']),
      pool('b', ['10.2.0.0/32']),
      pool('a', { addresses: ['10.1.0.0/32'], autoAssign: false }),
    ]
    const services = ['x', 'y', 'z'].map((name) => service(name))
    expect(addressesOf({ pools, services })).toEqual({ x: ['10.2.0.0'], y: ['10.3.0.0'], z: [] })
  })

  it('serves in order of creation, then of name, and a Service that is not created yet last', () => {
    const services = [
      service('new'),
      service('b', { created: 1 }),
      service('a', { created: 1 }),
      service('c', { created: 0 }),
    ]
    expect(addressesOf({ pools: [pool('lan', ['10.0.0.0/30'])], services })).toEqual({
      a: ['10.0.0.1'],
      b: ['10.0.0.2'],
      c: ['10.0.0.0'],
      new: ['10.0.0.3'],
    })
  })

  it('says which pool is exhausted, and of which family', () => {
    expect(one({}, [pool('six', ['fd00::/126'])])).toMatchObject({
      addresses: [],
      reason: 'NoPoolOfFamily',
      message: 'no available IPs: the Service needs an IPv4 address, and pool "six" has none',
    })
    const services = [service('a'), service('b')]
    expect(decide({ pools: [pool('tiny', ['10.0.0.0/32'])], services })['b']).toMatchObject({
      reason: 'PoolExhausted',
      message: 'no available IPs in pool "tiny": no IPv4 address of 1 is free',
    })
    const pools = [pool('p', ['10.0.0.0/32']), pool('q', ['10.0.0.1/32']), pool('r', ['fd00::/126'])]
    const message = decide({ pools, services: [...services, service('c')] })['c']?.message
    expect(message).toBe(
      'no available IPs: pool "p": no IPv4 address of 1 is free, pool "q": no IPv4 address of 1 is free',
    )
  })

  it('ignores Services of another type or class', () => {
    const services = [
      service('plain', { spec: { type: 'ClusterIP' } }),
      service('classy', { spec: { loadBalancerClass: 'x' } }),
      service('ours'),
    ]
    const pools = [pool('lan', ['10.0.0.0/30'])]
    expect(Object.keys(addressesOf({ pools, services }))).toEqual(['ours'])
    expect(Object.keys(addressesOf({ pools, services, lbClass: 'x' }))).toEqual(['classy'])
  })
})

describe('requests', () => {
  it('give a pool by name, also one with autoAssign false', () => {
    const pools = [
      pool('lan', ['10.0.0.0/30']),
      pool('spare', { addresses: ['10.9.0.0/30'], autoAssign: false }),
    ]
    const wanted = { annotations: { 'address-pool': 'spare' } }
    expect(one(wanted, pools)).toMatchObject({ addresses: ['10.9.0.0'], pool: 'spare', reason: 'Assigned' })
    const former = { annotations: { 'metallb.universe.tf/address-pool': 'spare' } }
    expect(one(former, pools).pool).toBe('spare')
    expect(one({ annotations: { 'address-pool': 'spar' } }, pools)).toMatchObject({
      addresses: [],
      reason: 'UnknownPool',
      message: 'unknown pool "spar"; pools: "lan", "spare"',
    })
  })

  it.each([
    { annotations: { loadBalancerIPs: ' 10.0.0.2 ' } },
    { annotations: { 'metallb.universe.tf/loadBalancerIPs': '10.0.0.2' } },
    { spec: { loadBalancerIP: '10.0.0.2' } },
    { annotations: { loadBalancerIPs: '' }, spec: { loadBalancerIP: '10.0.0.2' } },
  ])('give the exact address of %j', (words) => {
    expect(one(words)).toMatchObject({ addresses: ['10.0.0.2'], pool: 'lan', reason: 'Assigned' })
  })

  it('give a pair in the order IPv4, IPv6', () => {
    const annotations = { loadBalancerIPs: 'fd00::2, 10.0.0.2' }
    expect(one({ ...prefer, annotations }).addresses).toEqual(['10.0.0.2', 'fd00::2'])
  })

  it.each([
    [
      'AddressNotInPool',
      { loadBalancerIPs: '1.2.3.4' },
      {},
      '"1.2.3.4" is not allowed in config: it lies in no pool; pools: "lan" (10.0.0.0/30, fd00::/126)',
    ],
    [
      'InvalidRequest',
      { loadBalancerIPs: '10.0.0.256' },
      {},
      'the annotation loadBalancerIPs holds "10.0.0.256", which is no IP address',
    ],
    [
      'InvalidRequest',
      { loadBalancerIPs: '10.0.0.1,' },
      {},
      'the annotation loadBalancerIPs holds "", which is no IP address',
    ],
    [
      'InvalidRequest',
      { loadBalancerIPs: '10.0.0.1,10.0.0.2' },
      {},
      'the annotation loadBalancerIPs asks for 10.0.0.1, 10.0.0.2; allowed: one address, or one of each IP family',
    ],
    [
      'ConflictingRequests',
      { loadBalancerIPs: '10.0.0.1' },
      { loadBalancerIP: '10.0.0.1' },
      'addresses are requested by the annotation loadBalancerIPs ("10.0.0.1") and by spec.loadBalancerIP ("10.0.0.1"); allowed: one of the two',
    ],
    [
      'FamilyMismatch',
      { loadBalancerIPs: 'fd00::1' },
      {},
      'the request for fd00::1 does not match the ipFamily of the service: requested IPv6, the Service has IPv4',
    ],
    [
      'FamilyMismatch',
      { loadBalancerIPs: '10.0.0.1' },
      prefer.spec,
      'the request for 10.0.0.1 does not match the ipFamily of the service: requested IPv4, the Service has IPv4 and IPv6',
    ],
  ] as const)('are refused with %s: %j', (reason, annotations, spec, message) => {
    expect(one({ annotations, spec })).toEqual({ service: 'default/web', addresses: [], reason, message })
  })

  it('are refused when address and pool contradict each other', () => {
    const pools = [pool('a', ['10.0.0.0/30']), pool('b', ['10.1.0.0/30'])]
    const annotations = { loadBalancerIPs: '10.0.0.1', 'address-pool': 'b' }
    expect(one({ annotations }, pools)).toMatchObject({
      reason: 'AddressNotInPool',
      message: 'the Service asks for 10.0.0.1 and for pool "b", but the address lies in pool "a"',
    })
  })

  it('are refused when the pair lies in two pools', () => {
    const pools = [pool('a', ['10.0.0.0/30']), pool('b', ['fd00::/126'])]
    const annotations = { loadBalancerIPs: '10.0.0.1,fd00::1' }
    expect(one({ ...prefer, annotations }, pools)).toMatchObject({
      reason: 'AddressNotInPool',
      message:
        '10.0.0.1 and fd00::1 is not allowed in config: 10.0.0.1 lies in pool "a" and fd00::1 lies in pool "b"; the addresses of a Service come from one pool',
    })
  })

  it('count .0 and .255 as outside of a pool that avoids them', () => {
    const pools = [pool('lan', { addresses: ['10.0.0.0/24'], avoidBuggyIPs: true })]
    expect(one({ spec: { loadBalancerIP: '10.0.0.255' } }, pools)).toMatchObject({
      reason: 'AddressNotInPool',
      message:
        '"10.0.0.255" is not allowed in config: pool "lan" has avoidBuggyIPs and gives out no .0 and .255',
    })
    expect(one({ spec: { loadBalancerIP: '10.0.1.0' } }, pools).message).toContain('it lies in no pool')
  })

  it('take the address away when they change to something that cannot be met, and keep it when they are removed', () => {
    const status = ['10.0.0.1']
    expect(one({ status, annotations: { 'address-pool': 'gone' } })).toMatchObject({
      addresses: [],
      reason: 'UnknownPool',
    })
    expect(one({ status })).toMatchObject({ addresses: ['10.0.0.1'], reason: 'Unchanged' })
  })

  it('that cannot be read leave the Service what it has', () => {
    const words = { status: ['10.0.0.3'], annotations: { loadBalancerIPs: 'nonsense' } }
    expect(one(words)).toMatchObject({
      addresses: ['10.0.0.3'],
      reason: 'InvalidRequest',
      message:
        'the annotation loadBalancerIPs holds "nonsense", which is no IP address; keeps 10.0.0.3 from pool "lan" meanwhile',
    })
  })
})

describe('existing addresses', () => {
  it('stay while they are lawful, whatever else would be chosen now', () => {
    const status = ['10.0.0.3']
    expect(one({ status })).toEqual({
      service: 'default/web',
      pool: 'lan',
      addresses: status,
      reason: 'Unchanged',
      message: 'keeps 10.0.0.3 from pool "lan"',
    })
    const noAuto = [pool('renamed', { addresses: ['10.0.0.0/30'], autoAssign: false })]
    expect(one({ status }, noAuto)).toMatchObject({ pool: 'renamed', addresses: status, reason: 'Unchanged' })
  })

  it('are taken over before anybody new is served', () => {
    const services = [service('old', { created: 0 }), service('young', { created: 5, status: ['10.0.0.0'] })]
    const pools = [pool('lan', ['10.0.0.0/31'])]
    expect(addressesOf({ pools, services })).toEqual({ old: ['10.0.0.1'], young: ['10.0.0.0'] })
  })

  it('held twice unlawfully stay with the Service that was created first', () => {
    const status = ['10.0.0.0']
    const services = [service('b', { created: 1, status }), service('a', { created: 2, status })]
    const found = decide({ pools: [pool('lan', ['10.0.0.0/31'])], services })
    expect(found['b']).toMatchObject({ addresses: status, reason: 'Unchanged' })
    expect(found['a']).toMatchObject({
      addresses: ['10.0.0.1'],
      reason: 'Assigned',
      message:
        'gets 10.0.0.1 from pool "lan"; gives up 10.0.0.0: "10.0.0.0" is in use by default/b, and neither Service has a sharing key',
    })
  })

  it('that no pool has any more are replaced, and the reason is said', () => {
    expect(one({ status: ['10.7.7.7'] }).message).toBe(
      'gets 10.0.0.0 from pool "lan"; gives up 10.7.7.7: "10.7.7.7" is not allowed in config: it lies in no pool; pools: "lan" (10.0.0.0/30, fd00::/126)',
    )
  })

  it('are left alone while there are no pools at all', () => {
    const status = ['10.7.7.7', 'fd00::7']
    expect(one({ status }, [])).toEqual({
      service: 'default/web',
      addresses: status,
      reason: 'NoPools',
      message: 'no pool is configured; the status of the Service is left as it is',
    })
    expect(one({}, [])).toMatchObject({ addresses: [], reason: 'NoPools' })
  })

  it('follow a change of request', () => {
    const words = { status: ['10.0.0.1'], annotations: { loadBalancerIPs: '10.0.0.2' } }
    expect(one(words)).toMatchObject({
      addresses: ['10.0.0.2'],
      message: 'gets 10.0.0.2 from pool "lan"; gives up 10.0.0.1: the Service asks for 10.0.0.2',
    })
  })

  it('ignore host names and nonsense in the status', () => {
    const object = {
      ...service('web'),
      status: { loadBalancer: { ingress: [{ hostname: 'x' }, { ip: '10.0.0.9x' }] } },
    }
    expect(addressesOf({ pools: [pool('lan', ['10.0.0.0/30'])], services: [object] })).toEqual({
      web: ['10.0.0.0'],
    })
  })
})

describe('dual stack', () => {
  it('gives a Service without cluster IPs the families it declares, IPv4 by default', () => {
    expect(one({}).addresses).toEqual(['10.0.0.0'])
    expect(one({ spec: { ipFamilies: ['IPv6'] } }).addresses).toEqual(['fd00::'])
    expect(one({ spec: { ipFamilyPolicy: 'PreferDualStack' } }).addresses).toEqual(['10.0.0.0', 'fd00::'])
    expect(
      one({ spec: { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv6', 'IPv4'] } }).addresses,
    ).toEqual(['10.0.0.0', 'fd00::'])
  })

  it('follows the cluster IPs', () => {
    expect(one({ spec: { clusterIP: 'fd00::1' } }).addresses).toEqual(['fd00::'])
    expect(one({ spec: { clusterIPs: ['fd00::1'], ipFamilyPolicy: 'PreferDualStack' } }).addresses).toEqual([
      'fd00::',
    ])
    expect(one(require).addresses).toEqual(['10.0.0.0', 'fd00::'])
  })

  it.each([
    ['InvalidClusterIPs', { clusterIP: 'None' }],
    ['InvalidClusterIPs', { clusterIPs: ['10.96.0.1', '10.96.0.2'] }],
    ['InvalidClusterIPs', { clusterIPs: ['10.96.0.1', 'fd00::1', 'fd00::2'] }],
    ['NotEnoughClusterIPs', { clusterIPs: ['10.96.0.1'], ipFamilyPolicy: 'RequireDualStack' }],
    ['FamilyMismatch', dual],
    ['FamilyMismatch', { ipFamilies: ['IPv4', 'IPv6'] }],
  ] as const)('is refused with %s for %j', (reason, spec) => {
    expect(one({ spec })).toMatchObject({ addresses: [], reason })
  })

  it('keeps addresses while cluster IPs cannot be read, and withdraws those of a pair that is impossible', () => {
    const status = ['10.0.0.2']
    expect(one({ status, spec: { clusterIP: 'None' } })).toMatchObject({
      addresses: status,
      reason: 'InvalidClusterIPs',
    })
    const impossible = { clusterIPs: ['10.96.0.1'], ipFamilyPolicy: 'RequireDualStack' } as const
    expect(one({ status, spec: impossible })).toMatchObject({ addresses: [], reason: 'NotEnoughClusterIPs' })
  })

  const apart = [pool('four', ['10.0.0.0/30']), pool('six', ['fd00::/126'])]

  it('takes both addresses from one pool, passing by pools with one family', () => {
    const pools = [...apart, pool('z', ['10.9.0.0/30', 'fd09::/126'])]
    expect(one(require, pools)).toMatchObject({ pool: 'z', addresses: ['10.9.0.0', 'fd09::'] })
    expect(one(prefer, pools)).toMatchObject({ pool: 'z', addresses: ['10.9.0.0', 'fd09::'] })
  })

  it('is content with the primary family where two are preferred, then with the other', () => {
    expect(one(prefer, apart)).toMatchObject({ pool: 'four', addresses: ['10.0.0.0'] })
    const sixFirst = { spec: { ...prefer.spec, ipFamilies: ['IPv6', 'IPv4'] } }
    expect(one(sixFirst, apart)).toMatchObject({ pool: 'six', addresses: ['fd00::'] })
    expect(one(sixFirst, apart.slice(0, 1))).toMatchObject({ pool: 'four', addresses: ['10.0.0.0'] })
  })

  it('is refused where two are required and no pool has both', () => {
    expect(one(require, apart)).toMatchObject({
      addresses: [],
      reason: 'NoPoolOfFamily',
      message:
        'no available IPs: the Service needs an IPv4 and an IPv6 address from one pool, and pool "four", pool "six" have none',
    })
  })

  it('keeps the address it has and adds the other from the same pool', () => {
    expect(one({ ...prefer, status: ['10.0.0.2'] }).addresses).toEqual(['10.0.0.2', 'fd00::'])
    expect(one({ ...require, status: ['fd00::3'] }).addresses).toEqual(['fd00::3', '10.0.0.0'])
  })

  it('keeps one address of a pair where its pool has no other, and starts over where both are required', () => {
    const pools = [...apart, pool('z', ['10.9.0.0/30', 'fd09::/126'])]
    const status = ['10.0.0.2']
    expect(one({ ...prefer, status }, pools)).toMatchObject({ addresses: status, reason: 'Unchanged' })
    expect(one({ ...require, status }, pools).addresses).toEqual(['10.9.0.0', 'fd09::'])
    expect(one({ ...require, status }, apart)).toMatchObject({ addresses: [], reason: 'NoPoolOfFamily' })
  })

  it('keeps what fits when the Service goes back to one family', () => {
    const status = ['10.0.0.2', 'fd00::2']
    expect(one({ status, spec: { clusterIPs: ['10.96.0.1'] } }).addresses).toEqual(['10.0.0.2'])
    expect(one({ status, spec: { clusterIPs: ['fd00::1'] } }).addresses).toEqual(['fd00::2'])
  })

  it('moves to the other family when the Service does', () => {
    expect(one({ status: ['10.0.0.2'], spec: { clusterIPs: ['fd00::1'] } })).toMatchObject({
      addresses: ['fd00::'],
      message: 'gets fd00:: from pool "lan"; gives up 10.0.0.2: the Service needs IPv6',
    })
  })

  it('never gives a Service of a single-stack cluster a second address', () => {
    const spec = { clusterIPs: ['10.96.0.1'], ipFamilyPolicy: 'PreferDualStack' } as const
    expect(one({ spec, status: ['10.0.0.1'] })).toMatchObject({
      addresses: ['10.0.0.1'],
      reason: 'Unchanged',
    })
  })

  it('leaves a Service that has exactly what it asked for as it is', () => {
    const words = { ...prefer, annotations: { loadBalancerIPs: '10.0.0.1' }, status: ['10.0.0.1'] }
    expect(one(words)).toMatchObject({ addresses: ['10.0.0.1'], reason: 'Unchanged' })
  })

  it('keeps the order of the status', () => {
    const status = ['fd00::1', '10.0.0.1']
    expect(one({ ...require, status })).toMatchObject({ addresses: status, reason: 'Unchanged' })
  })
})

describe('pinned pools', () => {
  const lan = pool('lan', ['10.0.0.0/30'])
  const team = (words: object) => pool('team', { addresses: ['10.5.0.0/32'], ...words })

  it('serve the namespaces and labels they are pinned to, before ordinary pools, and nobody else', () => {
    const pools = [lan, team({ pin: { priority: 0, namespaces: ['prod'] } })]
    const services = [service('a', { namespace: 'prod' }), service('b'), service('c', { namespace: 'prod' })]
    expect(addressesOf({ pools, services })).toEqual({ a: ['10.5.0.0'], b: ['10.0.0.0'], c: ['10.0.0.1'] })
    const byLabel = [
      lan,
      team({ pin: { priority: 0, serviceSelectors: [{ matchLabels: { tier: 'gold' } }] } }),
    ]
    const labelled = [service('a'), service('b', { labels: { tier: 'gold' } })]
    expect(addressesOf({ pools: byLabel, services: labelled })).toEqual({ a: ['10.0.0.0'], b: ['10.5.0.0'] })
  })

  it('need namespace and labels to match when both are given', () => {
    const pin = { priority: 0, namespaces: ['prod'], serviceSelectors: [{ matchLabels: { tier: 'gold' } }] }
    const labels = { tier: 'gold' }
    const services = [
      service('a', { labels }),
      service('b', { namespace: 'prod' }),
      service('c', { namespace: 'prod', labels }),
    ]
    expect(addressesOf({ pools: [lan, team({ pin })], services })['c']).toEqual(['10.5.0.0'])
  })

  it('are tried by priority, lowest first, zero last, and then by name', () => {
    const pinned = (name: string, priority: number, address: string) =>
      pool(name, { addresses: [address], pin: { priority } })
    const pools = [
      pinned('a', 0, '10.1.0.0/32'),
      pinned('b', 20, '10.2.0.0/32'),
      pinned('d', 10, '10.4.0.0/32'),
      pinned('c', 10, '10.3.0.0/32'),
    ]
    const services = ['1', '2', '3', '4', '5'].map((name) => service(name))
    expect(addressesOf({ pools, services })).toEqual({
      1: ['10.3.0.0'],
      2: ['10.4.0.0'],
      3: ['10.2.0.0'],
      4: ['10.1.0.0'],
      5: [],
    })
  })

  it('refuse requests of Services they do not admit', () => {
    const pools = [lan, team({ pin: { priority: 0, namespaces: ['prod'] } })]
    const message =
      'pool "team" not compatible for ip assignment: its serviceAllocation admits namespaces prod, the Service is in default'
    expect(one({ annotations: { 'address-pool': 'team' } }, pools)).toMatchObject({
      reason: 'PoolNotForService',
      message,
    })
    expect(one({ spec: { loadBalancerIP: '10.5.0.0' } }, pools)).toMatchObject({
      reason: 'PoolNotForService',
      message,
    })
    const byLabel = [team({ pin: { priority: 0, serviceSelectors: [{ matchLabels: { tier: 'gold' } }] } })]
    expect(one({ annotations: { 'address-pool': 'team' } }, byLabel).message).toBe(
      'pool "team" not compatible for ip assignment: no serviceSelector of its serviceAllocation selects the labels of the Service',
    )
  })

  it('move a Service that no longer matches', () => {
    const pools = [lan, team({ pin: { priority: 0, namespaces: ['prod'] } })]
    expect(one({ status: ['10.5.0.0'] }, pools)).toMatchObject({ addresses: ['10.0.0.0'], pool: 'lan' })
  })

  it('whose selectors match no namespace serve nobody unasked, and anybody who asks', () => {
    const pools = [team({ pin: { priority: 0, namespaces: [] } })]
    expect(one({}, pools)).toMatchObject({
      reason: 'NoPoolForService',
      message:
        'no pool gives addresses to this Service unasked: pool "team" is pinned to others by serviceAllocation',
    })
    expect(one({ annotations: { 'address-pool': 'team' } }, pools).addresses).toEqual(['10.5.0.0'])
  })

  it('are named when nothing is left to try', () => {
    const pools = [pool('manual', { addresses: ['10.1.0.0/30'], autoAssign: false })]
    expect(one({}, pools)).toMatchObject({
      reason: 'NoPoolForService',
      message: 'no pool gives addresses to this Service unasked: pool "manual" has autoAssign false',
    })
  })
})

describe('sharing', () => {
  const pools = [pool('lan', ['10.0.0.0/30'])]
  const key = { 'allow-shared-ip': 'k' }
  const tcp = { annotations: key, spec: { ports: [{ port: 53 }] }, created: 0 }
  const udp = { annotations: key, spec: { ports: [{ port: 53, protocol: 'UDP' }] }, created: 1 }
  const ask = (words: ServiceWords): ServiceWords => ({
    ...words,
    spec: { ...words.spec, loadBalancerIP: '10.0.0.1' },
  })
  const second = (words: ServiceWords) =>
    decide({
      pools,
      services: [service('first', ask(tcp)), service('second', ask({ created: 1, ...words }))],
    })['second']

  it('packs Services of one key on one address where ports allow', () => {
    const services = [service('tcp', tcp), service('udp', udp), service('tcp2', { ...tcp, created: 2 })]
    const found = decide({ pools, services })
    expect(found['tcp']).toMatchObject({ addresses: ['10.0.0.0'], reason: 'Assigned' })
    expect(found['udp']).toMatchObject({
      addresses: ['10.0.0.0'],
      reason: 'Shared',
      message: 'gets 10.0.0.0 from pool "lan", shared with default/tcp',
    })
    expect(found['tcp2']).toMatchObject({ addresses: ['10.0.0.1'], reason: 'Assigned' })
    expect(allocate({ pools, services }).pools[0]).toMatchObject({ usedIPv4: 2 })
  })

  it('needs the same key', () => {
    expect(second({ ...udp, annotations: {} })).toMatchObject({
      reason: 'AddressInUse',
      message: '"10.0.0.1" is in use by default/first, and this Service has no sharing key',
    })
    expect(second({ ...udp, annotations: { 'allow-shared-ip': 'l' } })).toMatchObject({
      reason: 'SharingKeyMismatch',
      message: '"10.0.0.1" is in use by default/first with sharing key "k", not "l"',
    })
    // An empty value in the present spelling hides the former one.
    const hidden = { 'allow-shared-ip': '', 'metallb.universe.tf/allow-shared-ip': 'k' }
    expect(second({ ...udp, annotations: hidden })).toMatchObject({ reason: 'AddressInUse' })
    expect(second({ ...udp, annotations: { 'metallb.universe.tf/allow-shared-ip': 'k' } })).toMatchObject({
      reason: 'Shared',
    })
  })

  it('needs different ports', () => {
    expect(second(tcp)).toMatchObject({
      reason: 'PortConflict',
      message: 'port TCP/53 is already in use on "10.0.0.1" by default/first',
    })
  })

  it('needs the same backend where traffic is local', () => {
    const local = (selector: Record<string, string>) => ({ externalTrafficPolicy: 'Local', selector })
    expect(second({ ...udp, spec: { ...udp.spec, ...local({ app: 'dns' }) } })).toMatchObject({
      reason: 'BackendMismatch',
      message:
        '"10.0.0.1" is in use by default/first with the same sharing key, but it has externalTrafficPolicy Cluster (or no selector), and this Service has externalTrafficPolicy Local with selector app=dns',
    })
    expect(second({ ...udp, spec: { ...udp.spec, ...local({}) } })).toMatchObject({ reason: 'Shared' })
    const services = [
      service('a', { ...tcp, spec: { ...tcp.spec, ...local({ x: '1', y: '2' }) } }),
      service('b', { ...udp, spec: { ...udp.spec, ...local({ y: '2', x: '1' }) } }),
    ]
    expect(addressesOf({ pools, services })).toEqual({ a: ['10.0.0.0'], b: ['10.0.0.0'] })
  })

  it('is the cause that is named when a Service that means to share finds no address', () => {
    const services = [service('a', tcp), service('b', { ...tcp, created: 1 })]
    expect(decide({ pools: [pool('tiny', ['10.0.0.0/32'])], services })['b']).toMatchObject({
      reason: 'PortConflict',
      message:
        'no available IPs, and none to share: port TCP/53 is already in use on "10.0.0.0" by default/a',
    })
  })
})

it('decides the same whatever the order of the input', () => {
  const services = Array.from({ length: 12 }, (_, index) =>
    service(`s${index}`, {
      created: index % 3,
      annotations: index % 2 === 0 ? { 'allow-shared-ip': 'k' } : {},
      spec: { ports: [{ port: index % 4 }] },
      ...(index % 5 === 0 ? { status: ['10.0.0.1'] } : {}),
    }),
  )
  const pools = [pool('a', ['10.0.0.0/31']), pool('b', ['10.1.0.0/31']), pool('c', ['10.2.0.0/31'])]
  const expected = allocate({ pools, services })
  const shuffled = <T>(items: readonly T[]) => fc.shuffledSubarray([...items], { minLength: items.length })
  fc.assert(
    fc.property(shuffled(services), shuffled(pools), (services, pools) => {
      expect(allocate({ pools, services })).toEqual(expected)
    }),
    { numRuns: 30 },
  )
})

describe('while faults hide addresses of a pool', () => {
  const lan = pool('lan', { addresses: ['192.0.2.0/30'], incomplete: true })
  const wan = pool('wan', ['198.51.100.0/30'])

  it('leaves a Service the address that lies in no other pool', () => {
    const { web } = decide({ pools: [lan, wan], services: [service('web', { status: ['192.0.2.77'] })] })
    expect(web).toMatchObject({ pool: 'lan', addresses: ['192.0.2.77'], reason: 'PoolFaulty' })
    expect(web?.message).toBe(
      '"192.0.2.77" lies in no other pool, and faults hide addresses of pool "lan", which may have it',
    )
  })

  it('does not call a request for such an address wrong', () => {
    const asking = service('web', { annotations: { loadBalancerIPs: '192.0.2.77' } })
    expect(decide({ pools: [lan], services: [asking] })['web']).toMatchObject({
      addresses: [],
      reason: 'PoolFaulty',
    })
  })

  it('decides on everybody else as ever, and on these once the faults are gone', () => {
    const allocator = new Allocator()
    allocator.setPools([pool('lan', ['192.0.2.76/30']), wan])
    allocator.upsert(service('a', { annotations: { loadBalancerIPs: '192.0.2.77' } }))
    allocator.setPools([lan, wan])
    allocator.upsert(service('b', { annotations: { 'address-pool': 'wan' } }))
    expect(allocator.assignments().map(({ addresses }) => addresses)).toEqual([
      ['192.0.2.77'],
      ['198.51.100.0'],
    ])
    allocator.setPools([pool('lan', ['192.0.2.76/30']), wan])
    expect(allocator.assignment('default/a')).toMatchObject({ pool: 'lan', addresses: ['192.0.2.77'] })
    allocator.setPools([wan])
    expect(allocator.assignment('default/a')).toMatchObject({ addresses: [], reason: 'AddressNotInPool' })
  })
})

describe('quarantine', () => {
  const pools = [pool('lan', ['10.0.0.0/30'])]
  const quarantine = [quarantined('10.0.0.0')]

  it('gives nobody the address, and counts it apart from those in use', () => {
    const { assignments, pools: usage } = allocate({ pools, services: [service('web')], quarantine })
    expect(assignments).toMatchObject([{ addresses: ['10.0.0.1'], reason: 'Assigned' }])
    const counts = { totalIPv4: 4n, totalIPv6: 0n, usedIPv4: 1, usedIPv6: 0 }
    expect(usage).toEqual([{ pool: 'lan', ...counts, quarantined: { IPv4: 1, IPv6: 0 } }])
  })

  it('tells a Service that asks for exactly the address who answers for it, and until when it waits', () => {
    const web = service('web', { annotations: { loadBalancerIPs: '10.0.0.0' } })
    const { web: found } = decide({ pools, services: [web], quarantine })
    expect(found).toMatchObject({ addresses: [], reason: 'AddressQuarantined' })
    expect(found?.message).toBe(
      '"10.0.0.0" is in quarantine until 2024-01-01T00:10:00Z: 02:00:00:00:00:99 answers for it on eth0 of a',
    )
  })

  it('takes nothing from a Service whose status lists the address, and lets nobody join it there', () => {
    const sharing = { annotations: { 'allow-shared-ip': 'key' } }
    const web = service('web', { ...sharing, status: ['10.0.0.0'] })
    const dns = service('dns', { ...sharing, spec: { ports: [{ port: 53 }] } })
    const { assignments, pools: usage } = allocate({ pools, services: [web, dns], quarantine })
    expect(assignments).toMatchObject([
      { service: 'default/dns', addresses: ['10.0.0.1'] },
      { service: 'default/web', addresses: ['10.0.0.0'], reason: 'Unchanged' },
    ])
    expect(usage[0]).toMatchObject({ usedIPv4: 2 })
    expect(usage[0]?.quarantined).toBeUndefined()
  })

  it('is why a pool has no address left, as the message says', () => {
    const all = ['10.0.0.0', '10.0.0.1', '10.0.0.2'].map(quarantined)
    const { web, db } = decide({ pools, services: [service('web'), service('db')], quarantine: all })
    expect(db?.addresses).toEqual(['10.0.0.3'])
    expect(web).toMatchObject({ addresses: [], reason: 'PoolExhausted' })
    expect(web?.message).toContain('no IPv4 address of 4 is free (in quarantine: 3)')
  })

  it('moves no address between two Services whose statuses both list it', () => {
    const allocator = new Allocator()
    allocator.setPools([pool('lan', ['10.0.0.0/32'])])
    allocator.upsert(service('late', { status: ['10.0.0.0'] }))
    allocator.upsert(service('early', { created: 1, status: ['10.0.0.0'] }))
    expect(allocator.setQuarantine([]).assigned).toEqual([])
    expect(allocator.assignment('default/late')?.addresses).toEqual(['10.0.0.0'])
  })

  it('does not hide why a Service lost what its status lists', () => {
    const allocator = new Allocator()
    allocator.setPools(pools)
    allocator.upsert(service('web', { status: ['192.0.2.1'] }))
    const why = '; gives up 192.0.2.1: "192.0.2.1" is not allowed in config: it lies in no pool;'
    expect(allocator.assignment('default/web')?.message).toContain(`gets 10.0.0.0 from pool "lan"${why}`)
    allocator.setQuarantine(quarantine)
    expect(allocator.assignment('default/web')?.message).toContain(`gets 10.0.0.1 from pool "lan"${why}`)
    allocator.setQuarantine([])
    expect(allocator.assignment('default/web')?.message).toContain(`gets 10.0.0.1 from pool "lan"${why}`)
  })

  it('is counted anew when an address goes back into it', () => {
    const allocator = new Allocator()
    allocator.setQuarantine(['10.0.0.0', '10.0.0.1'].map(quarantined))
    allocator.setPools([pool('lan', ['10.0.0.0/31'])])
    allocator.upsert(service('web', { status: ['10.0.0.0'] }))
    allocator.upsert(service('db'))
    expect(allocator.assignment('default/db')?.message).toContain('(in quarantine: 1)')
    allocator.upsert(service('web'))
    expect(allocator.assignment('default/db')?.message).toContain('(in quarantine: 2)')
  })

  it('takes back what was decided and not handed out, and returns it when it ends', () => {
    const allocator = new Allocator()
    allocator.setPools(pools)
    allocator.upsert(service('web', { annotations: { loadBalancerIPs: '10.0.0.0' } }))
    allocator.upsert(service('db'))
    const { assigned } = allocator.setQuarantine(quarantine)
    expect(assigned).toMatchObject([{ service: 'default/web', addresses: [], reason: 'AddressQuarantined' }])
    expect(allocator.setQuarantine([]).assigned).toMatchObject([
      { service: 'default/web', addresses: ['10.0.0.0'], reason: 'Assigned' },
    ])
    expect(allocator.assignment('default/db')?.addresses).toEqual(['10.0.0.1'])
  })
})
