import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { readBfdCounts, readBfdPeers, readNeighbors } from '#plugins/frr/reports.ts'

const established = {
  bgpState: 'Established',
  neighborCapabilities: {
    multiprotocolExtensions: {
      ipv4Unicast: { advertisedAndReceived: true },
      ipv6Unicast: { advertised: true },
    },
  },
  addressFamilyInfo: { ipv4Unicast: { sentPrefixCounter: 3 }, ipv6Unicast: {} },
  messageStats: { updatesSent: 8, updatesRecv: 6, opensSent: 2, totalRecv: 40 },
  connectionsDropped: 2,
  lastResetDueTo: 'BGP Notification send',
}

const none = {
  opensSent: 0,
  opensReceived: 0,
  notificationsSent: 0,
  updatesSent: 0,
  updatesReceived: 0,
  keepalivesSent: 0,
  keepalivesReceived: 0,
  routeRefreshSent: 0,
  totalSent: 0,
  totalReceived: 0,
}

describe('the report about neighbors', () => {
  it('has what was sent of each family that both sides agreed to', () => {
    expect(readNeighbors(JSON.stringify({ '192.0.2.1': established })).get('192.0.2.1')).toEqual({
      state: 'Established',
      sent: { IPv4: 3 },
      lastReset: 'BGP Notification send',
      messages: { ...none, updatesSent: 8, updatesReceived: 6, opensSent: 2, totalReceived: 40 },
      sessionsLost: 2,
    })
  })

  it('knows a neighbor of which nothing but the state is said', () => {
    expect(readNeighbors('{"eth0": {"bgpState": "Idle"}, "vrfName": "default"}')).toEqual(
      new Map([['eth0', { state: 'Idle', sent: {}, messages: none, sessionsLost: 0 }]]),
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
          expect(Number.isFinite(report.messages.updatesSent)).toBe(true)
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

  it('counts packets and events', () => {
    const session = {
      peer: '192.0.2.1',
      'control-packet-input': 348,
      'session-down': 1,
      'zebra-notifications': 4,
    }
    expect(readBfdCounts(JSON.stringify([session])).get('192.0.2.1')).toEqual({
      bfdControlIn: 348,
      bfdControlOut: 0,
      bfdEchoIn: 0,
      bfdEchoOut: 0,
      bfdUps: 0,
      bfdDowns: 1,
      bfdZebra: 4,
    })
  })

  it('is read from any text without a fault', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(readBfdPeers(text)).toBeInstanceOf(Map)
        expect(readBfdCounts(text)).toBeInstanceOf(Map)
      }),
    )
  })
})
