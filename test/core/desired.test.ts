import { describe, expect, it } from 'vitest'

import { desiredFor, type Desired } from '#core/desired.ts'
import type { Config } from '#core/model/config.ts'
import type { Assignment } from '#core/model/decisions.ts'
import type { Facts } from '#core/model/facts.ts'
import { announce } from '#core/selection/announce.ts'

import {
  ad,
  assignment,
  bgpAd,
  config,
  facts,
  node,
  onHost,
  peer,
  service,
  slice,
} from './selection/fixtures.ts'

const base = facts({
  nodes: [node('a'), node('b')],
  services: [service('dns', { labels: { app: 'dns' } }), service('web')],
  endpointSlices: [slice('dns', ['a', 'b', 'b']), slice('web', ['b'])],
})

function desired(
  parts: {
    config: Config
    announcer: string
    node?: string
    facts?: Facts
  },
  assignments: readonly Assignment[] = [assignment('web', '192.0.2.1')],
): Desired {
  const input = parts.facts ?? base
  const decisions = announce(input, parts.config, assignments)
  return desiredFor(decisions, input, {
    node: parts.node ?? 'b',
    announcer: parts.announcer,
    config: parts.config,
  })
}

describe('the desired state of one node and plugin', () => {
  it('has a target for each address that the node announces, with its Services and offers', () => {
    const lan = config([ad('lan', { options: { interfaces: ['eth0'] } })])
    expect(desired({ config: lan, announcer: 'l2' })).toEqual({
      targets: [
        {
          address: '192.0.2.1',
          services: [{ name: 'default/web', labels: {}, localEndpoints: 1, totalEndpoints: 1 }],
          offers: [
            { advertisement: 'L2Advertisement metallb-system/lan', options: { interfaces: ['eth0'] } },
          ],
          stage: 'serve',
        },
      ],
      resources: {},
    })
    expect(desired({ config: lan, announcer: 'l2', node: 'a' }).targets).toEqual([])
    expect(desired({ config: lan, announcer: 'native-bgp' }).targets).toEqual([])
  })

  it('sorts targets by address, IPv4 first and numerically', () => {
    const addresses = ['2001:db8::1', '192.0.2.10', '192.0.2.9']
    const { targets } = desired({ config: config([bgpAd('x')], [peer('tor')]), announcer: 'native-bgp' }, [
      assignment('web', ...addresses),
    ])
    expect(targets.map(({ address }) => address)).toEqual(['192.0.2.9', '192.0.2.10', '2001:db8::1'])
  })

  it('merges Services that share an address into one target, and their peers into one offer', () => {
    const { targets } = desired(
      {
        config: config([bgpAd('x'), bgpAd('y', { peers: ['tor-2'] })], [peer('tor-1'), peer('tor-2')]),
        announcer: 'native-bgp',
      },
      [assignment('dns', '192.0.2.1'), assignment('web', '192.0.2.1')],
    )
    expect(targets).toMatchObject([
      {
        services: [
          { name: 'default/dns', labels: { app: 'dns' }, localEndpoints: 2, totalEndpoints: 3 },
          { name: 'default/web', localEndpoints: 1, totalEndpoints: 1 },
        ],
        offers: [
          { advertisement: 'BGPAdvertisement metallb-system/x', resources: { BGPPeer: ['tor-1', 'tor-2'] } },
          { advertisement: 'BGPAdvertisement metallb-system/y', resources: { BGPPeer: ['tor-2'] } },
        ],
      },
    ])
  })

  it('counts one local endpoint, and one on each node, where they are assumed', () => {
    const assumed = facts({ nodes: [node('a'), node('b')], services: [service('web')] })
    const { targets } = desired({
      config: config([bgpAd('x')], [peer('tor')]),
      announcer: 'native-bgp',
      facts: assumed,
    })
    expect(targets[0]?.services).toMatchObject([{ localEndpoints: 1, totalEndpoints: 2 }])
  })

  it('carries the resources of the kinds that the plugin asks for, as far as they apply to the node', () => {
    const resources = [
      peer('tor-1', onHost('a')),
      peer('tor-2', { ...onHost('b'), revision: '7', spec: { myASN: 1 } }),
      peer('other', { announcer: 'frr' }),
      peer('fast', { kind: 'BFDProfile', ref: 'BFDProfile metallb-system/fast' }),
    ].map((resource) => {
      if (resource.kind === 'BGPPeer') return resource
      const { announcer: _, ...shared } = resource
      return shared
    })
    const found = desired({ config: config([bgpAd('x')], resources), announcer: 'native-bgp' })
    expect(found.resources).toEqual({
      BGPPeer: [{ name: 'tor-2', revision: '7', spec: { myASN: 1 } }],
      BFDProfile: [{ name: 'fast', revision: '1', spec: { peerAddress: '10.9.9.9' } }],
    })
  })

  it('is plain JSON, and the same whatever the order of the input', () => {
    const forwards = config([ad('x'), bgpAd('y')], [peer('tor-1'), peer('tor-2')])
    const one = desired({ config: forwards, announcer: 'native-bgp' })
    const shuffled = {
      ...base,
      nodes: [...(base.nodes ?? [])].reverse(),
      services: [...base.services].reverse(),
    }
    const other = desired({ config: forwards, announcer: 'native-bgp', facts: shuffled })
    expect(JSON.parse(JSON.stringify(one))).toEqual(one)
    expect(other).toEqual(one)
  })
})
