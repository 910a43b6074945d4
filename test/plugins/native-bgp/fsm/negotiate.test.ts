import { describe, expect, it } from 'vitest'

import { parseAddress, type Address } from '#core/model/address.ts'
import { isRefusal, negotiate, openFor, type LocalSide } from '#plugins/native-bgp/fsm/negotiate.ts'
import type { Open } from '#plugins/native-bgp/wire/open.ts'

const ip = (text: string): Address => parseAddress(text) as Address

const local: LocalSide = { as: 7776, remoteAs: 7675, identifier: ip('172.16.1.11'), holdTime: 90 }
const plain: Open = { as: 7675, holdTime: 180, identifier: ip('172.16.1.1'), parameters: [] }

function refusal(change: Partial<Open>, side: Partial<LocalSide> = {}): unknown {
  const result = negotiate({ ...local, ...side }, { ...plain, ...change })
  return isRefusal(result) ? result : undefined
}

describe('what two OPENs settle', () => {
  it('is everything two of us can do', () => {
    const peer: LocalSide = { as: 7675, remoteAs: 7776, identifier: ip('172.16.1.1'), holdTime: 30 }
    expect(negotiate(local, openFor(peer))).toEqual({
      localAs: 7776,
      remoteAs: 7675,
      localIdentifier: '172.16.1.11',
      remoteIdentifier: '172.16.1.1',
      internal: false,
      fourOctetAs: true,
      holdTime: 30,
      keepaliveTime: 10,
      families: ['IPv4', 'IPv6'],
      extendedNextHop: true,
      maxLength: 65_535,
      enhancedRefresh: true,
      peerRestarts: false,
      keepsAfterNotification: false,
    })
  })

  it('is a graceful restart where one keeps routes and the other may go (RFC 4724, RFC 8538)', () => {
    const restarting: LocalSide = { ...local, restart: { time: 120, restarted: true } }
    const peer: LocalSide = { as: 7675, remoteAs: 7776, identifier: ip('172.16.1.1'), holdTime: 30 }
    expect(openFor(restarting).parameters[0]).toContainEqual({
      kind: 'gracefulRestart',
      flagsAndTime: 0xc078,
      families: [
        { afi: 1, safi: 1, flags: 0x80 },
        { afi: 2, safi: 1, flags: 0x80 },
      ],
    })
    expect(openFor(peer).parameters[0]).toContainEqual({
      kind: 'gracefulRestart',
      flagsAndTime: 0x4000,
      families: [],
    })
    expect(negotiate(restarting, openFor(peer))).toMatchObject({
      keepsAfterNotification: true,
      peerRestarts: false,
    })
    expect(negotiate(peer, openFor(restarting))).toMatchObject({
      keepsAfterNotification: false,
      peerRestarts: true,
    })
    expect(negotiate(restarting, { ...plain, parameters: [] })).toMatchObject({
      keepsAfterNotification: false,
    })
  })

  it('is the session’s own family alone where both are not wanted', () => {
    const peer: LocalSide = { as: 7675, remoteAs: 7776, identifier: ip('172.16.1.1'), holdTime: 30 }
    const single: LocalSide = { ...local, families: ['IPv4'] }
    expect(negotiate(single, openFor(peer))).toMatchObject({ families: ['IPv4'] })
    expect(negotiate(peer, openFor(single))).toMatchObject({ families: ['IPv4'] })
  })

  it.each([
    ['customer', 'provider'],
    ['provider', 'customer'],
    ['rs', 'rs-client'],
    ['rs-client', 'rs'],
    ['peer', 'peer'],
  ] as const)('has the roles %s and %s facing each other (RFC 9234)', (ours, theirs) => {
    const peer: LocalSide = {
      as: 7675,
      remoteAs: 7776,
      identifier: ip('172.16.1.1'),
      holdTime: 30,
      role: theirs,
    }
    expect(negotiate({ ...local, role: ours }, openFor(peer))).toMatchObject({ role: ours })
    expect(negotiate({ ...local, role: ours }, plain)).toMatchObject({ role: ours })
  })

  it('refuses a role that does not face ours, but not within one AS', () => {
    const parameters = [[{ kind: 'role', role: 3 } as const]]
    expect(refusal({ parameters }, { role: 'customer' })).toMatchObject({
      notification: { code: 2, subcode: 11 },
      failure: { detail: 'it calls itself our customer, expected provider' },
    })
    expect(refusal({ parameters: [[{ kind: 'role', role: 9 }]] }, { role: 'peer' })).toMatchObject({
      failure: { detail: 'it calls itself our role 9, expected peer' },
    })
    expect(refusal({ as: 7776, parameters }, { role: 'customer', remoteAs: 'internal' })).toBeUndefined()
    expect(refusal({ parameters })).toBeUndefined()
  })

  it('is IPv4 in small messages with a peer that says nothing of itself', () => {
    expect(negotiate(local, plain)).toMatchObject({
      fourOctetAs: false,
      families: ['IPv4'],
      extendedNextHop: false,
      maxLength: 4096,
    })
  })

  it('takes the AS from the four-octet capability and puts AS_TRANS into the old field', () => {
    const peer: LocalSide = { ...local, as: 4_200_000_000, identifier: ip('1.1.1.1') }
    expect(openFor(peer).as).toBe(23_456)
    expect(negotiate({ ...local, remoteAs: 4_200_000_000 }, openFor(peer))).toMatchObject({
      remoteAs: 4_200_000_000,
    })
  })

  it('keeps the keepalive time below a third of the hold time', () => {
    expect(negotiate({ ...local, keepaliveTime: 5 }, plain)).toMatchObject({ keepaliveTime: 5 })
    expect(negotiate({ ...local, keepaliveTime: 50 }, plain)).toMatchObject({ keepaliveTime: 30 })
    expect(negotiate(local, { ...plain, holdTime: 0 })).toMatchObject({ holdTime: 0, keepaliveTime: 0 })
  })

  it('refuses another AS, naming the one found and the one expected', () => {
    expect(refusal({ as: 65_000 })).toEqual({
      notification: { code: 2, subcode: 2, data: [] },
      failure: { reason: 'WrongPeerAS', found: 65_000, expected: '7675' },
    })
  })

  it('refuses AS 0 (RFC 7607)', () => {
    expect(refusal({ as: 0 }, { remoteAs: 'external' })).toMatchObject({
      notification: { code: 2, subcode: 2 },
    })
  })

  it('takes any AS of the kind that is asked for', () => {
    expect(refusal({ as: 7776 }, { remoteAs: 'internal' })).toBeUndefined()
    expect(refusal({ as: 7675 }, { remoteAs: 'internal' })).toMatchObject({
      failure: { reason: 'WrongPeerAS', expected: 'internal to 7776' },
    })
    expect(refusal({ as: 7675 }, { remoteAs: 'external' })).toBeUndefined()
    expect(refusal({ as: 7776 }, { remoteAs: 'external' })).toBeDefined()
  })

  it.each([1, 2])('refuses a hold time of %d s', (holdTime) => {
    expect(refusal({ holdTime })).toMatchObject({ notification: { code: 2, subcode: 6 } })
  })

  it('refuses the identifier 0.0.0.0, and ours within one AS (RFC 6286 §2.1)', () => {
    expect(refusal({ identifier: ip('0.0.0.0') })).toMatchObject({ notification: { code: 2, subcode: 3 } })
    const ours = { identifier: local.identifier }
    expect(refusal({ ...ours, as: 7776 }, { remoteAs: 7776 })).toMatchObject({
      notification: { code: 2, subcode: 3 },
    })
    expect(refusal(ours)).toBeUndefined()
  })
})
