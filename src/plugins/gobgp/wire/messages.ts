/*
 * The messages of GoBGP's API that Herald exchanges, with the fields it uses: the daemon, its neighbours, its paths; the
 * policies are in policy-messages.ts. Their numbers are the same in both versions; what differs is in the dialects.
 */
import { bool, bytes, int, many, manyBytes, message, nested, text, uint, type Message } from './protobuf.ts'

export const empty: Message<object> = message({})

export interface FamilyNumbers {
  readonly afi: number
  readonly safi: number
}

export const family: Message<FamilyNumbers> = message({ afi: uint(1), safi: uint(2) })

export interface Global {
  /** 0: BGP was not started. */
  readonly asn: number
  readonly routerId: string
  /** −1: none. */
  readonly listenPort: number
}

export const global: Message<Global> = message({ asn: uint(1), routerId: text(2), listenPort: int(3) })

/** Of StartBgp, and what GetBgp answers. */
export const globalHolder: Message<{ global: Global | undefined }> = message({ global: nested(1, global) })

const counts = message({ notification: uint(1), update: uint(2) })

export interface Peer {
  readonly conf: PeerConf | undefined
  readonly ebgpMultihop: { readonly enabled: boolean; readonly ttl: number } | undefined
  readonly state: PeerState | undefined
  readonly timers: { readonly config: PeerTimers | undefined } | undefined
  readonly transport: { readonly localAddress: string; readonly remotePort: number } | undefined
  readonly gracefulRestart: { readonly enabled: boolean } | undefined
  readonly families: readonly PeerFamily[]
}

export interface PeerConf {
  readonly authPassword: string
  readonly description: string
  readonly localAsn: number
  readonly neighborAddress: string
  readonly peerAsn: number
}

export interface PeerState {
  readonly messages: { readonly received: Counts | undefined; readonly sent: Counts | undefined } | undefined
  /** 1 Idle … 6 Established. */
  readonly sessionState: number
  /** Capabilities, still encoded: the versions wrap them differently. */
  readonly remoteCapabilities: readonly Uint8Array[]
  /** GoBGP 4 only: why the last session ended. */
  readonly disconnectMessage: string
}

export interface Counts {
  readonly notification: number
  readonly update: number
}

/** Seconds. */
export interface PeerTimers {
  readonly connectRetry: number
  readonly holdTime: number
  readonly keepaliveInterval: number
}

export interface PeerFamily {
  readonly gracefulRestart: { readonly config: { readonly enabled: boolean } | undefined } | undefined
  readonly config: { readonly family: FamilyNumbers | undefined; readonly enabled: boolean } | undefined
}

export const peer: Message<Peer> = message<Peer>({
  conf: nested(
    2,
    message({
      authPassword: text(1),
      description: text(2),
      localAsn: uint(3),
      neighborAddress: text(4),
      peerAsn: uint(5),
    }),
  ),
  ebgpMultihop: nested(3, message({ enabled: bool(1), ttl: uint(2) })),
  state: nested(
    5,
    message<PeerState>({
      messages: nested(4, message({ received: nested(1, counts), sent: nested(2, counts) })),
      sessionState: uint(13),
      remoteCapabilities: manyBytes(18),
      disconnectMessage: text(22),
    }),
  ),
  timers: nested(
    6,
    message({
      config: nested(
        1,
        message<PeerTimers>({
          connectRetry: uint(1),
          holdTime: uint(2),
          keepaliveInterval: uint(3),
        }),
      ),
    }),
  ),
  transport: nested(7, message({ localAddress: text(1), remotePort: uint(6) })),
  gracefulRestart: nested(9, message({ enabled: bool(1) })),
  families: many(
    10,
    message<PeerFamily>({
      gracefulRestart: nested(1, message({ config: nested(1, message({ enabled: bool(1) })) })),
      config: nested(2, message({ family: nested(1, family), enabled: bool(2) })),
    }),
  ),
})

/** Of AddPeer, and what ListPeer answers. */
export const peerHolder: Message<{ peer: Peer | undefined }> = message({ peer: nested(1, peer) })

export const deletePeer: Message<{ address: string }> = message({ address: text(1) })

export const watchRequest: Message<{ peer: object | undefined }> = message({ peer: nested(1, empty) })

export const watchEvent: Message<{ peer: { peer: Peer | undefined } | undefined }> = message({
  peer: nested(2, message({ peer: nested(2, peer) })),
})

export const prefix: Message<{ length: number; address: string }> = message({
  length: uint(1),
  address: text(2),
})

export const origin: Message<{ origin: number }> = message({ origin: uint(1) })

export const nextHop: Message<{ nextHop: string }> = message({ nextHop: text(1) })

export const localPref: Message<{ localPref: number }> = message({ localPref: uint(1) })

export interface LargeCommunity {
  readonly globalAdministrator: number
  readonly local1: number
  readonly local2: number
}

export const largeCommunities: Message<{ communities: readonly LargeCommunity[] }> = message({
  communities: many(1, message({ globalAdministrator: uint(1), local1: uint(2), local2: uint(3) })),
})

/** Paths are encoded by the dialect. */
export const addPaths: Message<{ tableType: number; paths: readonly Uint8Array[] }> = message({
  tableType: uint(1),
  paths: manyBytes(3),
})

export const listPaths: Message<{ tableType: number; family: FamilyNumbers | undefined }> = message({
  tableType: uint(1),
  family: nested(3, family),
})

export const listedPaths: Message<{ destination: { paths: readonly Uint8Array[] } | undefined }> = message({
  destination: nested(1, message({ paths: manyBytes(2) })),
})

/** google.protobuf.Any: a message with the name of its type. */
export const any: Message<{ typeUrl: string; value: Uint8Array }> = message({
  typeUrl: text(1),
  value: bytes(2),
})
