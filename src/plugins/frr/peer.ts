/* A BGPPeer as FRR needs it: what all backends share, and the fields that only FRR honours. */
import type { Resource } from '#core/announcer.ts'
import { isPeerFault, linkNameFault, readPeer, type BgpPeer, type PeerFault } from '#core/bgp/peer.ts'
import { familyOf, type Family } from '#core/model/address.ts'
import { seconds } from '#core/model/duration.ts'

export interface FrrPeer extends Omit<BgpPeer, 'address' | 'interface' | 'localAs'> {
  /** What FRR calls the neighbor: its address, or the interface it is found on. */
  readonly id: string
  readonly unnumbered: boolean
  readonly overIPv6: boolean
  /** AS number of the router the neighbor belongs to. */
  readonly routerAs: number
  /** The AS claimed on this session instead. */
  readonly localAs?: number
  /** Absent = the default VRF. */
  readonly vrf?: string
  readonly bfdProfile?: string
  readonly gracefulRestart: boolean
}

export interface PeerWithPassword extends FrrPeer {
  /** Printable ASCII without spaces: FRR takes no other. */
  readonly password?: string
}

/** The peer a resource describes, or the first fault found in it. */
export function readFrrPeer(resource: Resource): FrrPeer | PeerFault {
  const { spec } = resource
  const fault = linkNameFault(spec, 'vrf')
  if (fault !== undefined) return fault
  const peer = readPeer(resource)
  if (isPeerFault(peer)) return peer
  const { address, interface: link, localAs, ...rest } = peer
  const routerAs = Number(spec['myASN'])
  const [vrf, profile] = [text(spec['vrf']), text(spec['bfdProfile'])]
  return {
    ...rest,
    ...evenKeepalive(rest),
    id: link ?? address,
    unnumbered: link !== undefined,
    overIPv6: familyOf(address) === 'IPv6',
    routerAs,
    ...(localAs === routerAs ? {} : { localAs }),
    ...(vrf === undefined ? {} : { vrf }),
    ...(profile === undefined ? {} : { bfdProfile: profile }),
    gracefulRestart: spec['enableGracefulRestart'] === true,
  }
}

/** Does the session cross an AS boundary? */
export function isExternal({ remoteAs, routerAs, localAs = routerAs }: FrrPeer): boolean {
  return remoteAs === 'external' || (typeof remoteAs === 'number' && remoteAs !== localAs)
}

/** Are routes of the family told on the session? With `disableMP` those of its own alone. */
export function speaks({ disableMp, overIPv6 }: FrrPeer, family: Family): boolean {
  return !disableMp || (family === 'IPv6') === overIPv6
}

/** FRR takes both times or none. */
function evenKeepalive({ holdTime, keepaliveTime }: Partial<BgpPeer>): Partial<BgpPeer> {
  if (holdTime === undefined) return {}
  return { keepaliveTime: keepaliveTime ?? seconds(Math.floor(holdTime / 3000)) }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
