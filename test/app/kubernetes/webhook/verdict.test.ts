import { describe, expect, test } from 'vitest'

import type { RawObject } from '#app/kubernetes/api/client.ts'
import { projectConfig, projectService } from '#app/kubernetes/api/projections.ts'
import { answerTo, requestIn } from '#app/kubernetes/webhook/review.ts'
import { verdictOn, type AdmissionRequest, type Verdict } from '#app/kubernetes/webhook/verdict.ts'
import type { Settings } from '#core/model/facts.ts'
import { builtInAnnouncers } from '#app/announcer-infos.ts'

const namespace = 'metallb-system'
const settings: Settings = {
  namespace,
  bgpBackend: 'native-bgp',
  l2Candidates: 'herald',
  election: 'hash',
  ignoreExcludeLb: false,
  announcers: builtInAnnouncers,
}

const ours = (kind: string, name: string, spec: object, apiVersion = 'metallb.io/v1beta1'): RawObject => ({
  apiVersion,
  kind,
  metadata: { namespace, name, uid: `uid-of-${name}` },
  spec,
})
const pool = (name: string, ...addresses: string[]): RawObject => ours('IPAddressPool', name, { addresses })
const peer = (name: string, spec: object = {}): RawObject =>
  ours(
    'BGPPeer',
    name,
    { myASN: 64512, peerASN: 64513, peerAddress: '192.0.2.1', ...spec },
    'metallb.io/v1beta2',
  )

function asked(
  cluster: readonly RawObject[],
  request: Omit<AdmissionRequest, 'uid'>,
  services: readonly RawObject[] = [],
): Verdict {
  const readings = cluster.map(projectConfig(namespace))
  const surroundings = { settings, readings, namespaces: [], services: services.map(projectService) }
  return verdictOn({ uid: 'u', ...request }, surroundings)
}

const created = (cluster: readonly RawObject[], object: RawObject): Verdict =>
  asked(cluster, { operation: 'CREATE', object })

const quiet: Verdict = { refusals: [], warnings: [] }

describe('the webhook', () => {
  test('has nothing to say of a sound object', () => {
    expect(created([pool('a', '192.0.2.0/24')], pool('b', '198.51.100.0/24'))).toEqual(quiet)
  })

  test('refuses a pool that has addresses of another, and names both', () => {
    const { refusals } = created([pool('a', '192.0.2.0/24')], pool('b', '192.0.2.128/25'))
    expect(refusals).toEqual([
      {
        object: 'IPAddressPool metallb-system/b',
        field: 'spec.addresses[0]',
        reason: 'OverlappingAddresses',
        message:
          'found "192.0.2.128/25", which overlaps with already defined CIDR 192.0.2.0/24 of IPAddressPool metallb-system/a; allowed: addresses that no other entry has',
      },
    ])
  })

  test('refuses a pool that would take addresses from one of a later name', () => {
    const { refusals } = created([pool('b', '192.0.2.128/25')], pool('a', '192.0.2.0/24'))
    expect(refusals.map(({ object, reason }) => [object, reason])).toEqual([
      ['IPAddressPool metallb-system/b', 'OverlappingAddresses'],
    ])
  })

  test('refuses what the schema of the API server cannot say', () => {
    const { refusals } = created([], pool('a', 'fc00::9-fc00::1'))
    expect(refusals.map(({ field, reason }) => [field, reason])).toEqual([
      ['spec.addresses[0]', 'InvalidAddress'],
    ])
  })

  test('refuses a second session with one router', () => {
    expect(created([peer('a')], peer('b')).refusals.map(({ reason }) => reason)).toEqual(['DuplicatePeer'])
  })

  test('refuses an edit of a pool that breaks an advertisement, which MetalLB lets pass', () => {
    const before = pool('a', '192.0.2.0/24')
    const cluster = [before, ours('BGPAdvertisement', 'wide', { aggregationLength: 24 })]
    const object = pool('a', '192.0.2.0/25')
    const { refusals } = asked(cluster, { operation: 'UPDATE', oldObject: before, object })
    expect(refusals.map(({ object, reason }) => [object, reason])).toEqual([
      ['BGPAdvertisement metallb-system/wide', 'InvalidAggregationLength'],
    ])
  })

  test('only warns of names that may be there in a moment', () => {
    const object = ours('L2Advertisement', 'lan', { ipAddressPools: ['later'] })
    const { refusals, warnings } = created([], object)
    expect(refusals).toEqual([])
    expect(warnings).toEqual([
      expect.stringMatching(/^L2Advertisement metallb-system\/lan spec.ipAddressPools\[0\]: /),
    ])
    expect(created([], peer('a', { bfdProfile: 'later' })).refusals).toEqual([])
  })

  test('only warns of another namespace, which another Herald may read', () => {
    const stray = { ...pool('a', '192.0.2.0/24'), metadata: { namespace: 'default', name: 'a' } }
    const { refusals, warnings } = created([], stray)
    expect(refusals).toEqual([])
    expect(warnings[0]).toContain('resource must be created in metallb-system namespace')
  })

  test('lets a faulty object be edited while the fault is no new one, and tells it again', () => {
    const faulty = pool('b', '198.51.100.0/24', '192.0.2.128/25')
    const object = pool('b', '192.0.2.128/25', '203.0.113.0/24')
    const cluster = [pool('a', '192.0.2.0/24'), faulty]
    const { refusals, warnings } = asked(cluster, { operation: 'UPDATE', oldObject: faulty, object })
    expect(refusals).toEqual([])
    expect(warnings).toEqual([expect.stringContaining('b spec.addresses[0]: found "192.0.2.128/25"')])
  })

  test('never refuses a deletion, and tells what it leaves behind', () => {
    const profile = ours('BFDProfile', 'fast', {})
    const cluster = [profile, peer('a', { bfdProfile: 'fast' })]
    const { refusals, warnings } = asked(cluster, { operation: 'DELETE', oldObject: profile, object: null })
    expect(refusals).toEqual([])
    expect(warnings).toEqual([expect.stringContaining('BGPPeer metallb-system/a')])
  })

  test('warns of addresses in use that a pool gives up, and of those alone', () => {
    const before = pool('a', '192.0.2.0/24')
    const service = (name: string, ip: string): RawObject => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace: 'default', name },
      spec: { type: 'LoadBalancer' },
      status: { loadBalancer: { ingress: [{ ip }] } },
    })
    const services = [service('kept', '192.0.2.1'), service('lost', '192.0.2.200')]
    const edit = { operation: 'UPDATE', oldObject: before, object: pool('a', '192.0.2.0/25') } as const
    expect(asked([before], edit, services).warnings).toEqual([
      'takes away an address in use: default/lost (192.0.2.200); another one takes its place, if there is any',
    ])
  })
})

describe('its answer', () => {
  const { refusals } = created([pool('a', '192.0.2.0/24')], pool('b', '192.0.2.0/25', '192.0.2.128/25'))

  test('gives every fault at once, each with its object and field', () => {
    const answer = answerTo({ uid: 'u', operation: 'CREATE' }, { refusals, warnings: [] })
    const [first = '', second = '', ...rest] = (
      answer as { response: { status: { message: string } } }
    ).response.status.message.split('; IPAddressPool')
    expect(first).toMatch(/^IPAddressPool metallb-system\/b spec\.addresses\[0\]: found "192.0.2.0\/25"/)
    expect(second).toMatch(/^ metallb-system\/b spec\.addresses\[1\]: found "192.0.2.128\/25"/)
    expect(rest).toEqual([])
    expect(answer).toMatchObject({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: { uid: 'u', allowed: false, status: { code: 403, reason: 'Forbidden' } },
    })
  })

  test('keeps warnings within what the API server hands on', () => {
    const warnings = Array.from({ length: 30 }, () => 'x'.repeat(400))
    const { response } = answerTo({ uid: 'u', operation: 'CREATE' }, { refusals: [], warnings }) as {
      response: { allowed: boolean; warnings: string[] }
    }
    expect(response.allowed).toBe(true)
    expect(response.warnings).toHaveLength(11)
    expect(Math.max(...response.warnings.map(({ length }) => length))).toBeLessThan(256)
  })

  test.each(['', '{}', '[]', '{"apiVersion":"admission.k8s.io/v1beta1","request":{"uid":"u"}}'])(
    'is none to %j',
    (body) => expect(() => requestIn(body)).toThrow(),
  )
})
