import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { readBfdPeers, readNeighbors } from '#plugins/frr/reports.ts'

const established = {
  bgpState: 'Established',
  neighborCapabilities: {
    multiprotocolExtensions: {
      ipv4Unicast: { advertisedAndReceived: true },
      ipv6Unicast: { advertised: true },
    },
  },
  addressFamilyInfo: { ipv4Unicast: { sentPrefixCounter: 3 }, ipv6Unicast: {} },
  messageStats: { updatesSent: 8, updatesRecv: 6 },
  connectionsDropped: 2,
  lastResetDueTo: 'BGP Notification send',
}

describe('the report about neighbors', () => {
  it('has what was sent of each family that both sides agreed to', () => {
    expect(readNeighbors(JSON.stringify({ '192.0.2.1': established })).get('192.0.2.1')).toEqual({
      state: 'Established',
      sent: { IPv4: 3 },
      lastReset: 'BGP Notification send',
      updatesSent: 8,
      updatesReceived: 6,
      sessionsLost: 2,
    })
  })

  it('knows a neighbor of which nothing but the state is said', () => {
    expect(readNeighbors('{"eth0": {"bgpState": "Idle"}, "vrfName": "default"}')).toEqual(
      new Map([['eth0', { state: 'Idle', sent: {}, updatesSent: 0, updatesReceived: 0, sessionsLost: 0 }]]),
    )
  })

  it.each(['', '% Unknown command', '[]', 'null', '{"192.0.2.1": 7}', '{'])('holds nothing in %j', (text) => {
    expect(readNeighbors(text)).toEqual(new Map())
  })

  it('is read from any JSON without a fault', () => {
    const keys = fc.constantFrom(...Object.keys(established), 'x')
    const value = fc.dictionary(keys, fc.jsonValue())
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value), (reports) => {
        for (const report of readNeighbors(JSON.stringify(reports)).values()) {
          expect(typeof report.state).toBe('string')
          expect(Number.isFinite(report.updatesSent)).toBe(true)
        }
      }),
    )
  })
})

describe('the report about BFD', () => {
  it('tells the sessions of VRFs apart', () => {
    const peers = [
      { peer: '192.0.2.1', vrf: 'default', status: 'up' },
      { peer: '192.0.2.1', vrf: 'red', status: 'down' },
    ]
    expect(readBfdPeers(JSON.stringify(peers))).toEqual(
      new Map([
        ['192.0.2.1', 'up'],
        ['192.0.2.1 red', 'down'],
      ]),
    )
  })

  it('is read from any text without a fault', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(readBfdPeers(text)).toBeInstanceOf(Map)
      }),
    )
  })
})
