/* BGPPeers, their Secrets and this node's addresses → neighbours as gobgpd takes them. */
import type { AnnouncerHost, Resource } from '#core/announcer.ts'
import { isPeerFault, readPeer, type BgpPeer } from '#core/bgp/peer.ts'
import { messageOf } from '#core/errors.ts'
import { familyOf, type Address, type Family } from '#core/model/address.ts'
import { milliseconds, seconds, type Duration } from '#core/model/duration.ts'

import type { LocalAddresses, NeighborSpec } from './client.ts'
import { invalidPeer, type PeerProblem } from './errors.ts'
import { describeNeighbor } from './marks.ts'
import type { Session } from './routing.ts'

/** A BGPPeer that makes a neighbour; `keep` where its password cannot be read and gobgpd has it from before. */
export interface UsablePeer {
  readonly name: string
  readonly peer: BgpPeer
  readonly session: Session
  readonly spec: NeighborSpec | 'keep'
  readonly problem?: PeerProblem
}

export interface UnusablePeer {
  readonly name: string
  readonly problem: PeerProblem
}

export type ResolvedPeer = UsablePeer | UnusablePeer

export function isUsable(peer: ResolvedPeer): peer is UsablePeer {
  return 'spec' in peer
}

/** The longest key of TCP_MD5SIG, in bytes. */
const longestPassword = 80

const bothFamilies: readonly Family[] = ['IPv4', 'IPv6']
const defaults = { holdTime: seconds(90), connectTime: seconds(10) }

export async function resolvePeer(
  resource: Resource,
  host: Pick<AnnouncerHost, 'secret'>,
  localAddresses: LocalAddresses,
): Promise<ResolvedPeer> {
  const { name } = resource
  const peer = readPeer(resource)
  if (isPeerFault(peer)) return { name, problem: invalidPeer(peer.field, peer.message) }
  if (peer.holdTime === 0) {
    const message = 'found 0 s, allowed 3 to 65535 s: gobgpd keeps no session without a hold time'
    return { name, problem: invalidPeer('holdTime', message) }
  }
  const local = await localAddresses(peer.address, peer.sourceAddress)
  const families = peer.disableMp ? [familyOf(peer.address)] : bothFamilies
  const session = { address: peer.address, internal: isInternal(peer), local, families }
  const password = await passwordOf(peer, host)
  if (typeof password === 'object') return { name, peer, session, spec: 'keep', problem: password }
  return { name, peer, session, spec: neighborSpec(resource, { peer, password, families }) }
}

function isInternal({ remoteAs, localAs }: BgpPeer): boolean {
  return remoteAs === 'internal' || remoteAs === localAs
}

function neighborSpec(
  { name, revision, spec }: Resource,
  {
    peer,
    password,
    families,
  }: {
    readonly peer: BgpPeer
    readonly password: string | undefined
    readonly families: readonly Family[]
  },
): NeighborSpec {
  const holdTime = peer.holdTime ?? defaults.holdTime
  const { remoteAs, localAs, sourceAddress } = peer
  return {
    address: peer.address,
    port: peer.port,
    description: describeNeighbor(name, revision),
    localAs,
    remoteAs: remoteAs === 'internal' ? localAs : remoteAs === 'external' ? 0 : remoteAs,
    ...(sourceAddress === undefined ? {} : { sourceAddress }),
    ...(password === undefined ? {} : { password }),
    multihop: peer.ebgpMultiHop,
    holdTime,
    keepaliveTime: keepalive(peer.keepaliveTime, holdTime),
    connectTime: peer.connectTime ?? defaults.connectTime,
    gracefulRestart: spec['enableGracefulRestart'] === true,
    families,
  }
}

/** Never more than a third of the hold time (RFC 4271 §4.4), in whole seconds, as gobgpd counts. */
function keepalive(wanted: Duration | undefined, holdTime: Duration): Duration {
  const third = Math.floor(holdTime / 3000) * 1000
  return milliseconds(Math.max(1000, Math.min(wanted ?? third, third)))
}

async function passwordOf(
  { passwordSecret: reference }: BgpPeer,
  host: Pick<AnnouncerHost, 'secret'>,
): Promise<string | undefined | PeerProblem> {
  if (reference === undefined) return undefined
  const unavailable = (detail: string): PeerProblem => ({
    reason: 'SecretUnavailable',
    message: `the password cannot be read: ${detail}`,
  })
  try {
    const { password } = await host.secret(reference)
    const length = password?.length ?? 0
    if (password !== undefined && length > 0 && length <= longestPassword)
      return new TextDecoder('utf-8', { fatal: true }).decode(password)
    const found = password === undefined ? 'no key "password"' : `a password of ${length} bytes`
    return unavailable(`Secret ${reference.name} has ${found}, allowed 1 to ${longestPassword} bytes`)
  } catch (error) {
    const text = error instanceof TypeError ? `Secret ${reference.name} holds no text` : messageOf(error)
    return unavailable(text)
  }
}

/** `192.0.2.1:179`, `[2001:db8::1]:179`. */
export function endpointText({
  address,
  port,
}: {
  readonly address: Address
  readonly port: number
}): string {
  return familyOf(address) === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`
}
