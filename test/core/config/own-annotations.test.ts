import { describe, expect, it } from 'vitest'

import {
  ad,
  announcers,
  bgp,
  faultsLike,
  l2,
  parse,
  peer,
  pool,
  settings,
  type ExpectedFault,
} from './objects.ts'
import { fullBgpOptionsSchema } from '#core/bgp/options.ts'
import { withoutOwnFields } from '#core/bgp/own-fields.ts'
import type { ConfigObject } from '#core/model/objects.ts'
import { unsupported } from '#plugins/native-bgp/unsupported.ts'

const able = announcers.map((one) =>
  one.name === 'native-bgp'
    ? { ...one, optionsSchema: fullBgpOptionsSchema, unsupported }
    : { ...one, unsupported: withoutOwnFields(() => 'it has no word for it') },
)
const context = { settings: { ...settings, announcers: able } }
const annotated = (annotations: Record<string, string>) => ({ annotations })
const frr = { 'heraldlb.io/announcer': 'frr' }

describe('an annotation of heraldlb.io', () => {
  it('on a BGPPeer is part of what its plugin sees, and of its revision', () => {
    const annotations = annotated({
      'heraldlb.io/med': '50',
      'heraldlb.io/as-path-prepend': '2',
      'heraldlb.io/passive': 'true',
      'heraldlb.io/role': 'customer',
      'heraldlb.io/ttl-security': '1',
    })
    const [plain, own] = [parse([peer('a')], context), parse([peer('a', {}, annotations)], context)]
    expect(own.problems).toEqual([])
    expect(own.config.resources[0]?.spec['herald']).toEqual({
      med: 50,
      asPathPrepend: 2,
      passive: true,
      role: 'customer',
      ttlSecurity: 1,
    })
    expect(own.config.resources[0]?.revision).not.toBe(plain.config.resources[0]?.revision)
    expect(plain.config.resources[0]?.spec).not.toHaveProperty('herald')
  })

  it('on a BGPAdvertisement is an option of its offers', () => {
    const annotations = annotated({ 'heraldlb.io/med': '7', 'heraldlb.io/link-bandwidth': 'true' })
    const { config, problems } = parse(
      [pool('p', { addresses: ['10.1.0.0/24'] }), bgp('a', {}, annotations)],
      context,
    )
    expect(problems).toEqual([])
    expect(config.advertisements[0]?.options).toMatchObject({ med: 7, linkBandwidth: true })
  })

  it('asks for an open data path on an advertisement of any kind', () => {
    const gate = (value: string) => annotated({ 'heraldlb.io/data-path-gate': value })
    const gated = (value: string): (true | undefined)[] =>
      parse(
        [
          pool('p'),
          l2('l', {}, gate(value)),
          ad('x', { announcer: 'l2' }, gate(value)),
          bgp('b', {}, gate(value)),
        ],
        context,
      ).config.advertisements.map((one) => one.gated)
    expect(gated('true')).toEqual([true, true, true])
    expect(gated('false')).toEqual([undefined, undefined, undefined])
    expect(gated('maybe')).toEqual([])
  })

  it.each<[string, ConfigObject, ExpectedFault]>([
    [
      'a gate that is neither asked for nor not',
      l2('a', {}, annotated({ 'heraldlb.io/data-path-gate': 'maybe' })),
      ['InvalidValue', 'metadata.annotations["heraldlb.io/data-path-gate"]', '"true" or "false"'],
    ],
    [
      'a name nobody knows on an L2Advertisement',
      l2('a', {}, annotated({ 'heraldlb.io/datapath-gate': 'true' })),
      ['UnknownField', 'metadata.annotations["heraldlb.io/datapath-gate"]', 'heraldlb.io/data-path-gate'],
    ],
    [
      'no number',
      peer('a', {}, annotated({ 'heraldlb.io/med': 'low' })),
      ['InvalidValue', 'metadata.annotations["heraldlb.io/med"]', 'found "low", allowed: a whole number'],
    ],
    [
      'too many prepends',
      peer('a', {}, annotated({ 'heraldlb.io/as-path-prepend': '17' })),
      ['InvalidValue', 'metadata.annotations["heraldlb.io/as-path-prepend"]', '16'],
    ],
    [
      'no role',
      peer('a', {}, annotated({ 'heraldlb.io/role': 'friend' })),
      ['InvalidValue', 'metadata.annotations["heraldlb.io/role"]', 'customer'],
    ],
    [
      'neither true nor false',
      bgp('a', {}, annotated({ 'heraldlb.io/link-bandwidth': 'yes' })),
      ['InvalidValue', 'metadata.annotations["heraldlb.io/link-bandwidth"]', '"true" or "false"'],
    ],
    [
      'a name nobody knows',
      peer('a', {}, annotated({ 'heraldlb.io/meds': '1' })),
      ['UnknownField', 'metadata.annotations["heraldlb.io/meds"]', 'heraldlb.io/med'],
    ],
    [
      'what the backend of a peer cannot do',
      peer('a', {}, annotated({ ...frr, 'heraldlb.io/med': '1' })),
      [
        'UnsupportedField',
        'metadata.annotations["heraldlb.io/med"]',
        'frr refuses it: it has no word for it; allowed with native-bgp',
      ],
    ],
    [
      'an algorithm that TCP-AO does not have',
      peer('a', { password: 'x' }, annotated({ 'heraldlb.io/tcp-ao': 'hmac-md5' })),
      ['InvalidValue', 'metadata.annotations["heraldlb.io/tcp-ao"]', 'hmac-sha-1-96'],
    ],
    [
      'TCP-AO without a master key',
      peer('a', {}, annotated({ 'heraldlb.io/tcp-ao': 'hmac-sha-1-96' })),
      [
        'MissingField',
        'metadata.annotations["heraldlb.io/tcp-ao"]',
        'found "hmac-sha-1-96" without a password; allowed: with spec.passwordSecret, which has the master key',
      ],
    ],
    [
      'a key id beyond an octet',
      peer(
        'a',
        { password: 'x' },
        annotated({ 'heraldlb.io/tcp-ao': 'aes-128-cmac-96', 'heraldlb.io/tcp-ao-send-id': '256' }),
      ),
      ['InvalidValue', 'metadata.annotations["heraldlb.io/tcp-ao-send-id"]', '255'],
    ],
    [
      'a key id for nothing',
      peer('a', { password: 'x' }, annotated({ 'heraldlb.io/tcp-ao-receive-id': '3' })),
      [
        'MissingField',
        'metadata.annotations["heraldlb.io/tcp-ao-receive-id"]',
        'found 3 without heraldlb.io/tcp-ao, allowed: both or none',
      ],
    ],
    [
      'TCP-AO for a backend without it',
      peer('a', { password: 'x' }, annotated({ ...frr, 'heraldlb.io/tcp-ao': 'hmac-sha-1-96' })),
      ['UnsupportedField', 'metadata.annotations["heraldlb.io/tcp-ao"]', 'allowed with native-bgp'],
    ],
    [
      'what the backend of an advertisement cannot do',
      bgp('a', {}, annotated({ ...frr, 'heraldlb.io/med': '1' })),
      ['UnsupportedField', 'metadata.annotations["heraldlb.io/med"]', 'allowed with native-bgp'],
    ],
    [
      'an option that the backend cannot do',
      ad('a', { announcer: 'frr', options: { med: 1 } }),
      ['UnsupportedField', 'spec.options.med', 'allowed with native-bgp'],
    ],
  ])('that is %s is a fault, precisely', (_, object, fault) => {
    expect(faultsLike(parse([pool('p', { addresses: ['10.1.0.0/24'] }), object], context), [fault])).toEqual([
      fault,
    ])
  })
})
