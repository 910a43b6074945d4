import { describe, expect, it } from 'vitest'

import { readPeer } from '#core/bgp/peer.ts'
import type { Json } from '#core/model/json.ts'

const guide = { myASN: 7776, peerASN: 7675, peerAddress: '172.16.1.1', peerPort: 179 }

function read(spec: Record<string, Json>): unknown {
  return readPeer({ name: 'tor', revision: '1', spec: { ...guide, ...spec } })
}

describe('a BGPPeer', () => {
  it('reads as the session it asks for', () => {
    expect(
      read({
        localASN: 64_512,
        sourceAddress: '172.16.1.11',
        holdTime: '1m30s',
        keepaliveTime: '10s',
        connectTime: '15s',
        routerID: '172.16.1.11',
        passwordSecret: { name: 'bgp', namespace: 'metallb-system' },
        ebgpMultiHop: true,
      }),
    ).toEqual({
      name: 'tor',
      localAs: 64_512,
      remoteAs: 7675,
      address: '172.16.1.1',
      port: 179,
      sourceAddress: '172.16.1.11',
      holdTime: 90_000,
      keepaliveTime: 10_000,
      connectTime: 15_000,
      routerId: '172.16.1.11',
      passwordSecret: { name: 'bgp', namespace: 'metallb-system' },
      ebgpMultiHop: true,
      gracefulRestart: false,
      disableMp: false,
      own: {},
    })
  })

  it('needs no more than the guide gives', () => {
    expect(read({})).toEqual({
      name: 'tor',
      localAs: 7776,
      remoteAs: 7675,
      address: '172.16.1.1',
      port: 179,
      ebgpMultiHop: false,
      gracefulRestart: false,
      disableMp: false,
      own: {},
    })
  })

  it('may leave the AS of the peer open', () => {
    expect(
      readPeer({ name: 'tor', revision: '1', spec: { ...guide, peerASN: null, dynamicASN: 'external' } }),
    ).toMatchObject({ remoteAs: 'external' })
  })

  it('derives the hold time from the keepalive time, in whole seconds', () => {
    expect(read({ keepaliveTime: '10s' })).toMatchObject({ holdTime: 30_000 })
    expect(read({ holdTime: '9.9s' })).toMatchObject({ holdTime: 9000 })
    expect(read({ holdTime: '0s' })).toMatchObject({ holdTime: 0 })
  })

  it.each<[Record<string, Json>, string, string]>([
    [{ myASN: 0 }, 'myASN', 'found 0, allowed 1 to 4294967295'],
    [{ peerASN: 0 }, 'peerASN', 'found 0, allowed 1 to 4294967295'],
    [{ peerAddress: 'router' }, 'peerAddress', 'found "router", allowed an IP address'],
    [
      { sourceAddress: 'fd00::1' },
      'sourceAddress',
      'found "fd00::1", allowed an IPv4 address like the peer\'s',
    ],
    [{ routerID: 'fd00::1' }, 'routerID', 'found "fd00::1", allowed an IPv4 address but 0.0.0.0'],
    [{ routerID: '0.0.0.0' }, 'routerID', 'found "0.0.0.0", allowed an IPv4 address but 0.0.0.0'],
    [{ holdTime: '2s' }, 'holdTime', 'found 2 s, allowed 0 or 3 to 65535 s'],
    [{ holdTime: 'soon' }, 'holdTime', 'found "soon", allowed a duration such as 90s'],
    [{ connectTime: '-5s' }, 'connectTime', 'found "-5s", allowed a duration such as 90s'],
  ])('with %j is refused', (change, field, message) => {
    expect(read(change)).toEqual({ field, message })
  })

  it.each([
    [{ disableMP: true }, true],
    [{ disableMP: true, dualStackAddressFamily: true }, false],
    [{}, false],
  ])('with %j keeps to its own family: %s', (spec, disableMp) => {
    expect(read(spec)).toMatchObject({ disableMp })
  })
})
