import { describe, expect, it } from 'vitest'

import { bgp, community, faultsLike, parse, type ExpectedFault } from './objects.ts'

const literals: readonly (readonly [string, ExpectedFault[2] | undefined])[] = [
  ['65535:65281', undefined],
  ['0:0', undefined],
  ['large:1:2:4294967295', undefined],
  ['12345', 'invalid community format'],
  ['1:2:3', 'invalid community format'],
  ['1:2:3:4:5', 'invalid community format'],
  ['', 'invalid community format'],
  ['99999999:1', 'invalid community value: invalid section "99999999"'],
  ['1:65536', 'invalid community value: invalid section "65536"'],
  ['no:export', 'invalid community value: invalid section "no"'],
  ['1:', 'invalid community value: invalid section ""'],
  ['1:2:3:4', 'expected community to be of format large'],
  ['wide:1:2:3', 'expected community to be of format large'],
  ['large:1:2:4294967296', 'invalid community value: invalid section "4294967296"'],
  ['large:1:-2:3', 'invalid community value: invalid section "-2"'],
]

describe('a Community', () => {
  it.each(literals)('of value %j is checked', (value, fragment) => {
    const result = parse([community('names', { one: value })])
    const expected: ExpectedFault[] =
      fragment === undefined ? [] : [['InvalidCommunity', 'spec.communities[0].value', fragment]]
    expect(faultsLike(result, expected)).toEqual(expected)
  })

  it('defines a name once: of two definitions the first object by name counts', () => {
    const objects = [
      community('b', { one: '2:2' }),
      community('a', { one: '1:1' }),
      bgp('ad', { communities: ['one'] }),
    ]
    for (const input of [objects, objects.toReversed()]) {
      const { config, problems } = parse(input)
      expect(config.advertisements[0]?.options['communities']).toEqual(['1:1'])
      expect(problems.map(({ object, field }) => [object, field])).toEqual([
        ['Community metallb-system/b', 'spec.communities[0].name'],
      ])
      expect(problems[0]?.message).toContain('duplicate definition of community')
    }
  })

  it('may not define a name twice itself', () => {
    const twice = community('a', {})
    const communities = [
      { name: 'one', value: '1:1' },
      { name: 'one', value: '1:1' },
    ]
    const expected: ExpectedFault[] = [
      ['DuplicateCommunity', 'spec.communities[1].name', 'found "one" again'],
    ]
    expect(faultsLike(parse([{ ...twice, spec: { communities } }]), expected)).toEqual(expected)
  })
})

describe('the communities of a BGPAdvertisement', () => {
  it('that a Community at fault may define are reported with its name', () => {
    const { problems } = parse([bgp('ad', { communities: ['one'] })], {
      refused: ['Community metallb-system/names'],
    })
    expect(problems.map(({ object, reason }) => [object, reason])).toEqual([
      ['BGPAdvertisement metallb-system/ad', 'UnknownCommunity'],
    ])
    expect(problems[0]?.message).toContain('; Community names is at fault itself and may define it')
  })

  const names = community('names', { blue: '64500:7', wide: 'large:1:2:3' })
  const broken = community('others', { broken: 'x' })

  it('become literals, ascending and each once', () => {
    const { config, problems } = parse([
      names,
      bgp('ad', { communities: ['wide', '65535:1', 'blue', '64500:7', '1:010'] }),
    ])
    expect(problems).toEqual([])
    expect(config.advertisements[0]?.options['communities']).toEqual([
      '1:10',
      '64500:7',
      '65535:1',
      'large:1:2:3',
    ])
  })

  it.each<[string, string[], ExpectedFault[]]>([
    [
      'a name that is not defined',
      ['blau'],
      [['UnknownCommunity', 'spec.communities[0]', 'did you mean "blue"?']],
    ],
    ['a number', ['12345'], [['UnknownCommunity', 'spec.communities[0]', 'invalid community format']]],
    [
      'a literal that is none',
      ['1:2', '1:x'],
      [['InvalidCommunity', 'spec.communities[1]', 'invalid section "x"']],
    ],
    [
      'a name whose definition is none',
      ['broken'],
      [['InvalidCommunity', 'spec.communities[0]', 'whose definition in a Community object is invalid']],
    ],
    [
      'a good name beside one that is not defined',
      ['blue', '?'],
      [['UnknownCommunity', 'spec.communities[1]', '"?"']],
    ],
    [
      'several of them',
      ['1:70000', '?'],
      [
        ['InvalidCommunity', 'spec.communities[0]', '"70000"'],
        ['UnknownCommunity', 'spec.communities[1]', '"?"'],
      ],
    ],
  ])(
    'with %s leave the advertisement out, for the route might travel too far',
    (_, communities, expected) => {
      const result = parse([names, broken, bgp('ad', { communities })])
      const ofAd = { ...result, problems: result.problems.filter(({ object }) => object.startsWith('BGP')) }
      expect(faultsLike(ofAd, expected)).toEqual(expected)
      expect(result.config.advertisements).toEqual([])
    },
  )

  it('may not repeat themselves, which changes nothing', () => {
    const { config, problems } = parse([bgp('ad', { communities: ['1:1', '1:1'] })])
    expect(problems.map(({ reason, field }) => [reason, field])).toEqual([
      ['DuplicateValue', 'spec.communities[1]'],
    ])
    expect(config.advertisements[0]?.options['communities']).toEqual(['1:1'])
  })
})
