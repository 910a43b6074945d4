/*
 * From objects to a configuration in which nothing is wrong: every fault of the input becomes a problem, and what is
 * not at fault keeps working. How far a fault reaches:
 *
 *   an object in another namespace, a second object of one name   that object
 *   an entry of a pool that is no range, or overlaps another      that entry; the first by name keeps the addresses
 *   an object that the reader refused                             that object; who names it is not at fault
 *   a selector against the rules                                  that selector, which selects nothing
 *   a value listed twice                                          nothing; it counts once
 *   an advertisement's unknown pool, unknown or foreign peer      that name
 *   an aggregate wider than a pool                                that pool, for that advertisement
 *   contradictory local preferences                               the later advertisement, where the two meet
 *   any other fault of an advertisement or a BGPPeer              that object
 *   a BFDProfile that is missing or unusable                      BFD on that peer's session
 *   a community defined twice, or wrongly                         that definition
 *   a subnet of a Node that is no CIDR                            that entry
 */
import { admit, type Admitted } from './admit.ts'
import { parseAdvertisement, type AnyAdvertisement, type CheckedAdvertisement } from './advertisements.ts'
import { bgpAnnouncerOf } from './announcers.ts'
import { parseCommunityNames } from './communities.ts'
import { reportContradictions } from './contradictions.ts'
import { reportEchoOverIPv6 } from './echo.ts'
import { inspect, type ConfigContext, type Inspection } from './inspection.ts'
import { settlePeers } from './peer-conflicts.ts'
import { parsePeers, profileResource, type Peer } from './peers.ts'
import { parsePools, unreadablePool } from './pools.ts'
import { compareText } from '../model/collections.ts'
import type { Config, ConfigResource, Pool } from '../model/config.ts'
import { compareProblems, type Problem } from '../model/decisions.ts'
import { refOf, type ConfigObject } from '../model/objects.ts'
import { subnetFaults } from '../model/subnets.ts'

export interface ParsedConfig {
  readonly config: Config
  /** Sorted by object, field, reason. */
  readonly problems: readonly Problem[]
  /** What was taken for granted because the input lacks it; sentences, sorted. */
  readonly assumptions: readonly string[]
}

/** `objects` as they are after the schema check, in any order. */
export function parseConfig(objects: readonly ConfigObject[], context: ConfigContext): ParsedConfig {
  const inspection = inspect(context)
  const admitted = admit(objects, inspection)
  const pools = [
    ...parsePools(admitted.ofKind('IPAddressPool'), inspection),
    ...admitted.refused('IPAddressPool').map(unreadablePool),
  ].sort((a, b) => compareText(a.name, b.name))
  const profiles = admitted.ofKind('BFDProfile')
  const peers = settlePeers(parsePeers(admitted, inspection), inspection)
  const checked = parseAdvertisements(admitted, { pools, peers }, inspection)
  reportContradictions(checked, pools, inspection)
  reportEchoOverIPv6(checked, { pools, peers })
  reportSubnets(inspection)
  const resources = [
    ...profiles.map((profile) => profileResource(profile, refOf(profile))),
    ...peers.map(({ resource }) => resource),
  ]
  return {
    config: {
      pools,
      advertisements: checked
        .map(({ advertisement }) => advertisement)
        .sort((a, b) => compareText(a.ref, b.ref)),
      resources: resources.sort(byKindAndName),
      inlineSecrets: Object.fromEntries(
        peers.flatMap(({ inlineSecret }) => (inlineSecret ? [inlineSecret] : [])),
      ),
    },
    problems: inspection.problems.sort(compareProblems),
    assumptions: [...inspection.assumptions].sort(),
  }
}

function reportSubnets({ context: { nodes = [] }, problems }: Inspection): void {
  for (const node of nodes)
    for (const fault of subnetFaults(node))
      problems.push({ object: `Node ${node.metadata.name}`, reason: 'InvalidValue', ...fault })
}

/** Sorted by name, then kind. */
function parseAdvertisements(
  admitted: Admitted,
  { pools, peers }: { readonly pools: readonly Pool[]; readonly peers: readonly Peer[] },
  inspection: Inspection,
): CheckedAdvertisement[] {
  const { settings } = inspection.context
  const known = {
    admitted,
    pools,
    peers: new Set(peers.map(({ resource }) => resource.name)),
    peerAnnouncers: new Map(
      admitted.ofKind('BGPPeer').map((peer) => [peer.metadata.name, bgpAnnouncerOf(peer, settings)]),
    ),
    communities: parseCommunityNames(admitted, inspection),
  }
  const objects: AnyAdvertisement[] = [
    ...admitted.ofKind('Advertisement'),
    ...admitted.ofKind('BGPAdvertisement'),
    ...admitted.ofKind('L2Advertisement'),
  ]
  return objects
    .sort((a, b) => compareText(a.metadata.name, b.metadata.name))
    .flatMap((object) => parseAdvertisement(object, known, inspection) ?? [])
}

function byKindAndName(a: ConfigResource, b: ConfigResource): number {
  return compareText(a.kind, b.kind) || compareText(a.name, b.name)
}
