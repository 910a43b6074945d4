import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { configObjects, contexts } from './arbitrary-objects.ts'
import { ad, announcers, bgp, community, l2, parse, peer, pool, profile } from './objects.ts'
import type { ParsedConfig } from '#core/config/parse.ts'
import { checkSchema } from '#core/config/schema-check.ts'
import { refOf } from '#core/model/objects.ts'
import { rangesOverlap } from '#core/model/range.ts'
import { reasons } from '#core/reasons.ts'

describe('parseConfig', () => {
  it('makes nothing of nothing', () => {
    expect(parse([])).toEqual({
      config: { pools: [], advertisements: [], resources: [], inlineSecrets: {} },
      problems: [],
      assumptions: [],
    })
  })

  it('takes a configuration of every kind', () => {
    const { config, problems } = parse([
      pool('lan', { addresses: ['10.0.0.0/24'] }),
      l2('lan', { ipAddressPools: ['lan'] }),
      bgp('fabric', { ipAddressPools: ['lan'], peers: ['tor'], communities: ['blue'], localPref: 100 }),
      ad('radio', { announcer: 'radio', options: { channel: 1 } }),
      peer('tor', { bfdProfile: 'fast', holdTime: '9s' }),
      profile('fast'),
      community('names', { blue: '64500:1' }),
    ])
    expect(problems).toEqual([])
    expect(config.pools.map(({ name }) => name)).toEqual(['lan'])
    expect(config.advertisements.map(({ ref, announcer }) => [ref, announcer])).toEqual([
      ['Advertisement metallb-system/radio', 'radio'],
      ['BGPAdvertisement metallb-system/fabric', 'native-bgp'],
      ['L2Advertisement metallb-system/lan', 'l2'],
    ])
    expect(config.resources.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'BFDProfile fast',
      'BGPPeer tor',
    ])
  })

  it('does not use objects of other namespaces', () => {
    const elsewhere = { namespace: 'default' }
    const nowhere = { ...pool('x', { addresses: ['10.0.0.0/24'] }), metadata: { name: 'x' } }
    const objects = [
      pool('x', { addresses: ['10.0.0.0/24'] }),
      l2('x', {}, elsewhere),
      bgp('x', {}, elsewhere),
      peer('x', {}, elsewhere),
      nowhere,
    ]
    const { config, problems } = parse(objects)
    expect(config.pools).toHaveLength(1)
    expect([...config.advertisements, ...config.resources]).toEqual([])
    expect(problems).toHaveLength(4)
    for (const problem of problems) {
      expect(problem).toMatchObject({
        field: 'metadata.namespace',
        reason: 'WrongNamespace',
        message: 'found "default": resource must be created in metallb-system namespace',
      })
    }
    expect(problems.map(({ object }) => object)).toContain('L2Advertisement default/x')
  })

  it('uses one of two objects with one name, the same in whichever order they come', () => {
    const objects = [
      pool('x', { addresses: ['10.0.1.0/24'] }),
      pool('x', { addresses: ['10.0.0.0/24'] }),
      l2('x'),
    ]
    for (const input of [objects, objects.toReversed()]) {
      const { config, problems } = parse(input)
      expect(config.pools.map(({ ranges }) => ranges[0]?.text)).toEqual(['10.0.0.0/24'])
      expect(problems).toEqual([
        {
          object: 'IPAddressPool metallb-system/x',
          field: 'metadata.name',
          reason: 'DuplicateObject',
          message: 'found a second IPAddressPool named "x" (duplicate definition), allowed: one',
        },
      ])
    }
  })
})

/** Everything in order and in the vocabulary of the model. */
function expectSound({ config, problems }: ParsedConfig): void {
  const ranges = config.pools.flatMap((found) => found.ranges)
  for (const [index, range] of ranges.entries()) {
    expect(ranges.slice(index + 1).some((other) => rangesOverlap(range, other))).toBe(false)
  }
  const pools = new Set(config.pools.map(({ name }) => name))
  const peers = config.resources.filter(({ kind }) => kind === 'BGPPeer')
  for (const found of config.advertisements) {
    const plugin = announcers.find(({ name }) => name === found.announcer)
    expect(checkSchema(found.options, plugin?.optionsSchema ?? { type: 'string' })).toEqual([])
    expect(found.pools.every((name) => pools.has(name))).toBe(true)
    const own = peers.filter(({ announcer }) => announcer === found.announcer).map(({ name }) => name)
    expect((found.peers ?? []).filter((name) => !own.includes(name))).toEqual([])
  }
  for (const problem of problems) {
    expect(Object.hasOwn(reasons, problem.reason)).toBe(true)
    expect(problem.message).toMatch(/^found |refuses it: /)
  }
  expect(JSON.stringify([config.resources, problems])).not.toContain('opensesame')
}

// A bound for a busy machine; a quiet one needs a second.
describe('whatever the objects', { timeout: 60_000 }, () => {
  it('the configuration is sound and every problem names an object of the input', () => {
    fc.assert(
      fc.property(configObjects, contexts, (objects, context) => {
        const result = parse(objects, context)
        expectSound(result)
        const refs = new Set(objects.map(refOf))
        expect(result.problems.filter(({ object }) => !refs.has(object))).toEqual([])
      }),
      { numRuns: 200 },
    )
  })

  it('their order does not matter', () => {
    const shuffled = configObjects.chain((objects) =>
      fc.tuple(fc.constant(objects), fc.shuffledSubarray(objects, { minLength: objects.length })),
    )
    fc.assert(
      fc.property(shuffled, contexts, ([objects, mixed], context) => {
        expect(parse(mixed, context)).toEqual(parse(objects, context))
      }),
      { numRuns: 200 },
    )
  })

  it('a stranger among them changes nothing for the others, with or without faults of its own', () => {
    const strangers = [
      peer('zz-peer', { peerAddress: '192.0.2.1' }),
      peer('zz-bad-peer', { peerAddress: 'nowhere', holdTime: '1s', bfdProfile: 'zz-none' }),
      profile('zz-profile', { echoMode: true }),
      community('zz-community', { 'zz-alias': 'nonsense' }),
      l2('zz-lan', { ipAddressPools: ['zz-none'] }),
      bgp('zz-bad', { aggregationLength: 99, communities: ['zz-alias'] }),
      ad('zz-radio', { announcer: 'radio', options: { channel: 99 } }),
      pool('zz-elsewhere', { addresses: ['10.0.0.0/8'] }, { namespace: 'default' }),
    ]
    const withoutStrangers = ({ config, problems }: ParsedConfig): unknown => ({
      pools: config.pools,
      advertisements: config.advertisements.filter(({ name }) => !name.startsWith('zz-')),
      resources: config.resources.filter(({ name }) => !name.startsWith('zz-')),
      // Messages list the names that would be allowed, and the strangers are among them.
      problems: problems
        .filter(({ object }) => !object.includes('/zz-'))
        .map(({ object, field, reason }) => ({ object, field, reason })),
    })
    fc.assert(
      fc.property(configObjects, fc.constantFrom(...strangers), contexts, (objects, stranger, context) => {
        expect(withoutStrangers(parse([...objects, stranger], context))).toEqual(
          withoutStrangers(parse(objects, context)),
        )
      }),
      { numRuns: 200 },
    )
  })
})
