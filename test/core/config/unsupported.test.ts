import { describe, expect, it } from 'vitest'

import { announcers, belongsTo, bgp, parse, peer, settings } from './objects.ts'
import bgpAdvertisements from '#crds/bgpadvertisements.yaml'
import bgpPeers from '#crds/bgppeers.yaml'
import { defaults } from '#core/config/unsupported.ts'
import type { Unsupported } from '#core/announcer.ts'
import type { JsonSchema } from '#core/model/json.ts'
import type { ConfigObject } from '#core/model/objects.ts'

const refused = (field: string, kind: string): Unsupported => ({ kind, field, reason: 'it cannot' })

function reasonsFor(object: ConfigObject, unsupported: readonly Unsupported[]): string[] {
  const known = announcers.map((one) => (one.name === 'native-bgp' ? { ...one, unsupported } : one))
  const { problems } = parse([object], { settings: { ...settings, announcers: known } })
  return problems.map(({ field, message }) => `${field}: ${message}`)
}

describe('a field that the announcer cannot honour', () => {
  it('is refused, naming the announcers that can', () => {
    const found = reasonsFor(peer('a', { vrf: 'red' }), [refused('vrf', 'BGPPeer')])
    expect(found).toEqual(['spec.vrf: native-bgp refuses it: it cannot; allowed with frr'])
  })

  it('is refused when no other announcer can either', () => {
    const found = reasonsFor(peer('a', { keepaliveTime: '3s' }), [refused('keepaliveTime', 'BGPPeer')])
    expect(found).toEqual([
      'spec.keepaliveTime: native-bgp refuses it: it cannot; allowed: no value, for no loaded announcer can',
    ])
  })

  it('may lie deeper', () => {
    const found = reasonsFor(peer('a', { passwordSecret: { name: 's' } }), [
      refused('passwordSecret.name', 'BGPPeer'),
    ])
    expect(found[0]).toMatch(/^spec\.passwordSecret\.name: native-bgp refuses it/)
  })

  it.each<[string, ConfigObject, string]>([
    ['absent', peer('a'), 'vrf'],
    ['false', peer('a', { ebgpMultiHop: false }), 'ebgpMultiHop'],
    ['empty', peer('a', { nodeSelectors: [] }), 'nodeSelectors'],
    ['its default', peer('a'), 'peerPort'],
    ['its default', bgp('a'), 'aggregationLength'],
    ['its default', bgp('a'), 'aggregationLengthV6'],
  ])('may be %s', (_, object, field) => {
    expect(reasonsFor(object, [refused(field, object.kind)])).toEqual([])
  })

  it('concerns nobody else', () => {
    expect(
      reasonsFor(bgp('a', {}, belongsTo('frr')), [refused('aggregationLength', 'BGPAdvertisement')]),
    ).toEqual([])
    expect(reasonsFor(peer('a', { vrf: 'red' }), [refused('vrf', 'BGPAdvertisement')])).toEqual([])
  })
})

interface Crd {
  readonly spec: {
    readonly names: { readonly kind: string }
    readonly versions: readonly {
      readonly storage: boolean
      readonly schema: { readonly openAPIV3Schema: JsonSchema }
    }[]
  }
}

describe('the defaults that ask for nothing', () => {
  it('are those of the schemas', () => {
    const found = ([bgpAdvertisements, bgpPeers] as unknown as Crd[]).flatMap(({ spec }) => {
      const schema = spec.versions.find(({ storage }) => storage)?.schema.openAPIV3Schema
      const fields = Object.entries(schema?.properties?.['spec']?.properties ?? {})
      return fields.flatMap(([name, field]) =>
        field.default ? [[`${spec.names.kind} ${name}`, field.default]] : [],
      )
    })
    expect(Object.fromEntries(found)).toEqual(defaults)
  })
})
