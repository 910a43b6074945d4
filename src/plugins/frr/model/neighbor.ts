/* The lines about one neighbor. */
import type { Family } from '#core/model/address.ts'
import type { Duration } from '#core/model/duration.ts'

import { isExternal, speaks, type PeerWithPassword } from '../peer.ts'
import { line, type Line } from './line.ts'
import { bfdProfile, description, inMap, outMap } from './names.ts'

const bgpPort = 179

/** In the router: how the session is made. */
export function neighborLines(peer: PeerWithPassword): Line[] {
  const { name, id, remoteAs, unnumbered, localAs, port, password, sourceAddress } = peer
  const words = [
    `${unnumbered ? 'interface ' : ''}remote-as ${remoteAs}`,
    `description ${description(name)}`,
    ...(localAs === undefined ? [] : [`local-as ${localAs} no-prepend replace-as`]),
    ...bfdWords(peer),
    ...(password === undefined ? [] : [`password ${password}`]),
    ...hopWords(peer),
    ...(port === bgpPort ? [] : [`port ${port}`]),
    ...(sourceAddress === undefined ? [] : [`update-source ${sourceAddress}`]),
    ...timerWords(peer),
    // RFC 8950: IPv4 routes can go where the link has no IPv4 address. On links without addresses FRR does it by itself.
    ...(peer.overIPv6 && !unnumbered ? ['capability extended-nexthop'] : []),
    ...(peer.gracefulRestart ? ['graceful-restart'] : []),
  ]
  return words.map((rest) => line(`neighbor ${id} ${rest}`))
}

/**
 * In an address family: nothing comes in, only what the export policy knows goes out. FRR activates IPv4 by itself, so
 * that not to speak it has to be said.
 */
export function policyLines(
  peer: PeerWithPassword,
  family: Family,
  { list, most }: { readonly list: string; readonly most: number },
): Line[] {
  const { name, id } = peer
  const active = speaks(peer, family)
  const words = [
    `maximum-prefix-out ${most}`,
    `prefix-list ${list} out`,
    `route-map ${inMap} in`,
    `route-map ${outMap(name)} out`,
    ...(active ? ['activate'] : []),
  ]
  const lines = words.map((rest) => line(`neighbor ${id} ${rest}`))
  return active || family === 'IPv6' ? lines : [...lines, line(`no neighbor ${id} activate`)]
}

function bfdWords({ bfdProfile: profile }: PeerWithPassword): string[] {
  return profile === undefined ? [] : ['bfd', `bfd profile ${bfdProfile(profile)}`]
}

/** FRR wants to see an eBGP neighbor's address on a link of its own; with IPv6 that can be a link-local one. */
function hopWords(peer: PeerWithPassword): string[] {
  if (!isExternal(peer)) return []
  if (peer.ebgpMultiHop) return ['ebgp-multihop 255']
  return peer.overIPv6 && !peer.unnumbered ? ['disable-connected-check'] : []
}

function timerWords({ holdTime, keepaliveTime, connectTime }: PeerWithPassword): string[] {
  return [
    ...(holdTime === undefined || keepaliveTime === undefined
      ? []
      : [`timers ${whole(keepaliveTime)} ${whole(holdTime)}`]),
    ...(connectTime === undefined ? [] : [`timers connect ${Math.max(1, whole(connectTime))}`]),
  ]
}

function whole(span: Duration): number {
  return Math.trunc(span / 1000)
}
