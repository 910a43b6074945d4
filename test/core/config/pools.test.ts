import { describe, expect, it } from 'vitest'

import { faultsLike, l2, namespace, parse, pool, type ExpectedFault } from './objects.ts'
import type { IPAddressPoolObject } from '#core/model/objects.ts'

type Spec = Partial<IPAddressPoolObject['spec']>
type Row = readonly [string, Spec, ExpectedFault[]]

const one = ['10.0.0.0/24']
const team = { matchLabels: { team: 'a' } }

const rows: Row[] = [
  [
    'CIDRs, ranges and both families',
    { addresses: ['10.0.0.0/24', '10.0.1.1 - 10.0.1.9', 'fc00::/124'] },
    [],
  ],
  ['no addresses', { addresses: [] }, [['MissingField', 'spec.addresses', 'no prefixes']]],
  ['a bare address', { addresses: ['10.0.0.1'] }, [['InvalidAddress', 'spec.addresses[0]', 'invalid CIDR']]],
  [
    'no address at all',
    { addresses: ['100.200.300.400/24'] },
    [['InvalidAddress', 'spec.addresses[0]', '"100.200.300.400/24"']],
  ],
  [
    'a prefix that is too long',
    { addresses: ['10.0.0.0/33'] },
    [['InvalidAddress', 'spec.addresses[0]', 'between 0 and 32']],
  ],
  [
    'a reversed range',
    { addresses: ['10.0.0.9-10.0.0.1'] },
    [['InvalidAddress', 'spec.addresses[0]', 'start 10.0.0.9 is after its end 10.0.0.1']],
  ],
  [
    'a range from one family to the other',
    { addresses: ['10.0.0.1-fc00::1'] },
    [['InvalidAddress', 'spec.addresses[0]', 'different families']],
  ],
  [
    'several bad entries',
    { addresses: ['a/b', ...one, 'x-y'] },
    [
      ['InvalidAddress', 'spec.addresses[0]', 'invalid CIDR'],
      ['InvalidAddress', 'spec.addresses[2]', 'invalid IP range'],
    ],
  ],
  [
    'the same CIDR twice',
    { addresses: [...one, ...one] },
    [
      [
        'OverlappingAddresses',
        'spec.addresses[1]',
        'overlaps with already defined CIDR 10.0.0.0/24 of the same pool',
      ],
    ],
  ],
  [
    'an entry inside another',
    { addresses: [...one, '10.0.0.7-10.0.0.9'] },
    [['OverlappingAddresses', 'spec.addresses[1]', 'overlaps with already defined CIDR']],
  ],
  [
    'an entry around another',
    { addresses: ['10.0.0.128/25', 'fc00::/64', ...one] },
    [['OverlappingAddresses', 'spec.addresses[2]', 'overlaps with already defined CIDR 10.0.0.128/25']],
  ],
  [
    'entries that meet in one address',
    { addresses: [...one, '10.0.0.255-10.0.1.5'] },
    [['OverlappingAddresses', 'spec.addresses[1]', 'overlaps with already defined CIDR']],
  ],
  ['neighbouring entries', { addresses: ['10.0.0.0/25', '10.0.0.128/25', '10.0.1.0-10.0.1.3'] }, []],
  ['a priority alone', { addresses: one, serviceAllocation: { priority: 20 } }, []],
  [
    'a negative priority',
    { addresses: one, serviceAllocation: { priority: -1 } },
    [['InvalidValue', 'spec.serviceAllocation.priority', 'found -1']],
  ],
  [
    'a namespace twice',
    { addresses: one, serviceAllocation: { namespaces: ['a', 'b', 'a'] } },
    [['DuplicateValue', 'spec.serviceAllocation.namespaces[2]', 'duplicate definition of']],
  ],
  [
    'a namespace selector twice',
    { addresses: one, serviceAllocation: { namespaceSelectors: [team, team] } },
    [['DuplicateValue', 'spec.serviceAllocation.namespaceSelectors[1]', 'duplicate definition of']],
  ],
  [
    'a service selector twice',
    { addresses: one, serviceAllocation: { serviceSelectors: [team, team] } },
    [['DuplicateValue', 'spec.serviceAllocation.serviceSelectors[1]', 'duplicate definition of']],
  ],
  [
    'a bad selector',
    {
      addresses: one,
      serviceAllocation: { serviceSelectors: [{ matchExpressions: [{ key: 'a', operator: 'Like' }] }] },
    },
    [
      [
        'InvalidSelector',
        'spec.serviceAllocation.serviceSelectors[0].matchExpressions[0].operator',
        'found "Like"',
      ],
    ],
  ],
]

describe('an IPAddressPool', () => {
  it.each(rows)('with %s', (_, spec, expected) => {
    const result = parse([pool('first', spec)], { namespaces: [] })
    expect(faultsLike(result, expected)).toEqual(expected)
    expect(result.problems.every(({ object }) => object === 'IPAddressPool metallb-system/first')).toBe(true)
  })

  it('keeps the entries that are not at fault, in their order', () => {
    const { config } = parse([
      pool('first', { addresses: ['nonsense', '10.0.1.0/24', '10.0.1.5/32', 'fc00::/124', '10.0.0.0/24'] }),
    ])
    expect(config.pools[0]?.ranges.map(({ text }) => text)).toEqual([
      '10.0.1.0/24',
      'fc00::/124',
      '10.0.0.0/24',
    ])
  })

  it('still exists without any usable entry, so that what names it is not at fault as well', () => {
    const { config, problems } = parse([
      pool('first', { addresses: ['nonsense'] }),
      l2('lan', { ipAddressPools: ['first'] }),
    ])
    expect(problems).toHaveLength(1)
    expect(config.advertisements[0]?.pools).toEqual(['first'])
  })

  it('loses what an earlier pool by name has already, whichever order the objects come in', () => {
    const objects = [
      pool('c', { addresses: ['10.0.1.0/24', '10.0.2.0/24'] }),
      pool('b', { addresses: ['10.0.0.0-10.0.1.0'] }, { labels: { a: 'sorts before a name' } }),
      pool('a', { addresses: ['10.0.0.0/24', '10.0.9.0/24'] }),
    ]
    for (const input of [objects, objects.toReversed()]) {
      const { config, problems } = parse(input)
      // b loses its only entry to a, so c keeps both of its own.
      expect(config.pools.map(({ name, ranges }) => [name, ranges.length])).toEqual([
        ['a', 2],
        ['b', 0],
        ['c', 2],
      ])
      expect(problems).toEqual([
        {
          object: 'IPAddressPool metallb-system/b',
          field: 'spec.addresses[0]',
          reason: 'OverlappingAddresses',
          message:
            'found "10.0.0.0-10.0.1.0", which overlaps with already defined CIDR 10.0.0.0/24 of IPAddressPool metallb-system/a; ' +
            'allowed: addresses that no other entry has',
        },
      ])
    }
  })

  it('passes on what decides about allocation', () => {
    const { config } = parse([
      pool('first', { addresses: one, autoAssign: false, avoidBuggyIPs: true }, { labels: { tier: 'a' } }),
    ])
    expect(config.pools).toEqual([
      {
        name: 'first',
        labels: { tier: 'a' },
        ranges: [{ family: 'IPv4', first: 0x0a000000n, last: 0x0a0000ffn, text: '10.0.0.0/24' }],
        autoAssign: false,
        avoidBuggyIPs: true,
      },
    ])
  })
})

describe('serviceAllocation', () => {
  const namespaces = [namespace('a', { team: 'a' }), namespace('b', { team: 'a' }), namespace('c')]
  const pinOf = (serviceAllocation: NonNullable<Spec['serviceAllocation']>, context = { namespaces }) =>
    parse([pool('first', { addresses: one, serviceAllocation })], context).config.pools[0]?.pin

  it('without constraints serves every Service, in the order of its priority', () => {
    expect(pinOf({ priority: 3 })).toEqual({ priority: 3 })
    expect(pinOf({})).toEqual({ priority: 0 })
  })

  it('unites namespaces by name and by label', () => {
    expect(pinOf({ namespaces: ['z', 'a'], namespaceSelectors: [team] })?.namespaces).toEqual(['a', 'b', 'z'])
  })

  it('knows the label that every Namespace has', () => {
    const named = { matchLabels: { 'kubernetes.io/metadata.name': 'c' } }
    expect(pinOf({ namespaceSelectors: [named] })?.namespaces).toEqual(['c'])
  })

  it('whose selectors match no namespace serves none, not all', () => {
    expect(pinOf({ namespaceSelectors: [{ matchLabels: { team: 'x' } }] })?.namespaces).toEqual([])
  })

  it('with a faulty selector serves what the other selectors match', () => {
    const faulty = { matchExpressions: [{ key: 'team', operator: 'NotIn', values: [] }] }
    expect(pinOf({ namespaceSelectors: [faulty, team] })?.namespaces).toEqual(['a', 'b'])
    expect(pinOf({ namespaceSelectors: [faulty] })?.namespaces).toEqual([])
  })

  it('is assumed to match no namespace where the input has no Namespaces', () => {
    const { config, assumptions } = parse([
      pool('first', { addresses: one, serviceAllocation: { namespaceSelectors: [team] } }),
    ])
    expect(config.pools[0]?.pin?.namespaces).toEqual([])
    expect(assumptions).toEqual(['no Namespaces in the input: namespaceSelectors of pools select none'])
  })

  it('keeps service selectors for the decision about each Service', () => {
    expect(pinOf({ serviceSelectors: [team] })).toEqual({ priority: 0, serviceSelectors: [team] })
  })
})
