/* A neighbour as the messages have it, and as the plugin knows it. */
import { parseAddress } from '#core/model/address.ts'
import type { Duration } from '#core/model/duration.ts'

import { sessionStates, type NeighborSpec, type NeighborState } from '../client.ts'
import { familyNumbers, type Dialect } from './dialect.ts'
import type { Peer, PeerState } from './messages.ts'
import type { Draft } from './protobuf.ts'

/** Undefined for what has no address, as neighbours by interface do. */
export function neighborState(peer: Peer | undefined, dialect: Dialect): NeighborState | undefined {
  const address = parseAddress(peer?.conf?.neighborAddress ?? '')
  if (address === undefined || peer?.state === undefined) return undefined
  const { sessionState, remoteCapabilities, disconnectMessage } = peer.state
  return {
    address,
    description: peer.conf?.description ?? '',
    state: sessionStates[sessionState - 1] ?? 'Idle',
    families: dialect.families(remoteCapabilities),
    ...countsOf(peer.state),
    ...(disconnectMessage === '' ? {} : { problem: disconnectMessage }),
  }
}

function countsOf({
  messages,
}: PeerState): Pick<NeighborState, 'updatesSent' | 'notificationsSent' | 'notificationsReceived'> {
  return {
    updatesSent: messages?.sent?.update ?? 0,
    notificationsSent: messages?.sent?.notification ?? 0,
    notificationsReceived: messages?.received?.notification ?? 0,
  }
}

/** What AddPeer is told. */
export function neighborMessage(spec: NeighborSpec): Draft<Peer> {
  const { address, description, localAs, remoteAs, gracefulRestart, sourceAddress } = spec
  return {
    conf: {
      neighborAddress: address,
      description,
      localAsn: localAs,
      peerAsn: remoteAs,
      ...(spec.password === undefined ? {} : { authPassword: spec.password }),
    },
    ...(spec.multihop ? { ebgpMultihop: { enabled: true, ttl: 255 } } : {}),
    timers: {
      config: {
        connectRetry: inSeconds(spec.connectTime),
        holdTime: inSeconds(spec.holdTime),
        keepaliveInterval: inSeconds(spec.keepaliveTime),
      },
    },
    transport: {
      remotePort: spec.port,
      ...(sourceAddress === undefined ? {} : { localAddress: sourceAddress }),
    },
    gracefulRestart: { enabled: gracefulRestart },
    families: spec.families.map((family) => ({
      config: { family: familyNumbers(family), enabled: true },
      ...(gracefulRestart && { gracefulRestart: { config: { enabled: true } } }),
    })),
  }
}

function inSeconds(span: Duration): number {
  return Math.max(1, Math.round(span / 1000))
}
