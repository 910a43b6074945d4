/* BFD echo packets are IPv4 only, so a peer that is told IPv6 prefixes should not ask for them. */
import type { CheckedAdvertisement } from './advertisements.ts'
import type { Peer } from './peers.ts'
import type { Pool } from '../model/config.ts'

/** Reports each peer once; its session runs, with echo packets where they are possible. */
export function reportEchoOverIPv6(
  checked: readonly CheckedAdvertisement[],
  { pools, peers }: { readonly pools: readonly Pool[]; readonly peers: readonly Peer[] },
): void {
  for (const { profile, resource, exam } of peers) {
    if (profile?.spec.echoMode !== true) continue
    const heard = checked.filter(
      ({ bgp, advertisement: { announcer, peers: named } }) =>
        bgp && announcer === resource.announcer && (named?.includes(resource.name) ?? true),
    )
    const names = new Set(heard.flatMap(({ advertisement }) => advertisement.pools))
    const pool = pools.find(
      ({ name, ranges }) => names.has(name) && ranges.some(({ family }) => family === 'IPv6'),
    )
    if (pool === undefined) continue
    const message =
      `found BFDProfile ${profile.metadata.name} with echoMode, while pool ${pool.name} with IPv6 addresses is announced ` +
      'to this peer; allowed: echoMode where all announced pools are IPv4'
    exam.report('spec.bfdProfile', 'UnsuitableBFDProfile', message)
  }
}
