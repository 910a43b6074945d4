/* Which pools and peers an advertisement means by the names and selectors it gives. */
import type { Admitted } from './admit.ts'
import type { Examination } from './inspection.ts'
import { checkSelectors, checkUnique } from './selectors.ts'
import type { AnnouncerInfo } from '../model/facts.ts'
import type { Pool } from '../model/config.ts'
import { below } from '../model/field-path.ts'
import type { AdvertisementSelection } from '../model/objects.ts'
import { selects } from '../model/selector.ts'
import { didYouMean, oneOf, quote } from '../model/wording.ts'

/** What names in advertisements may refer to. */
export interface Known {
  readonly admitted: Admitted
  /** Sorted by name. */
  readonly pools: readonly Pool[]
  /** The announcer that each BGPPeer asks for; peers with faults of their own included. */
  readonly peerAnnouncers: ReadonlyMap<string, string>
  /** Peers without faults. */
  readonly peers: ReadonlySet<string>
}

/** By name and by label, united; all pools where the advertisement gives neither. Sorted by name. */
export function selectedPools(spec: AdvertisementSelection, known: Known, { report }: Examination): Pool[] {
  const names = checkUnique(spec.ipAddressPools, 'spec.ipAddressPools', report)
  const selectors = checkSelectors(spec.ipAddressPoolSelectors, 'spec.ipAddressPoolSelectors', report)
  if (names.length + selectors.length === 0) return [...known.pools]
  const existing = known.pools.map(({ name }) => name)
  for (const name of names.filter((wanted) => !existing.includes(wanted))) {
    const hint = known.admitted.elsewhere('IPAddressPool', name) || didYouMean(name, existing)
    const message = `found ${quote(name)}, which is no IPAddressPool; allowed: ${oneOf(existing)}${hint}`
    report(below('spec.ipAddressPools', spec.ipAddressPools?.indexOf(name) ?? 0), 'UnknownPool', message)
  }
  const selected = known.pools.filter(
    ({ name, labels }) => names.includes(name) || selectors.some((selector) => selects(selector, labels)),
  )
  if (selected.length === 0 && selectors.length > 0) {
    const message = `found selectors that match the labels of no pool; the pools are ${oneOf(existing)}`
    report('spec.ipAddressPoolSelectors', 'SelectsNoPool', message)
  }
  return selected
}

/** The named peers that its announcer has; undefined = all of them, as no name is given. */
export function selectedPeers(
  names: readonly string[] | undefined,
  plugin: AnnouncerInfo,
  { known, exam }: { readonly known: Known; readonly exam: Examination },
): string[] | undefined {
  if (names === undefined || names.length === 0) return undefined
  const fitting = [...known.peerAnnouncers.keys()].filter(
    (peer) => known.peerAnnouncers.get(peer) === plugin.name,
  )
  for (const name of checkUnique(names, 'spec.peers', exam.report)) {
    const field = below('spec.peers', names.indexOf(name))
    const announcer = known.peerAnnouncers.get(name)
    if (announcer === undefined) {
      if (known.admitted.refused('BGPPeer').includes(name)) continue
      const hint = known.admitted.elsewhere('BGPPeer', name) || didYouMean(name, fitting)
      const message = `found ${quote(name)}, which is no BGPPeer; allowed: ${oneOf(fitting)}${hint}`
      exam.report(field, 'UnknownPeer', message)
    } else if (announcer !== plugin.name) {
      const whose = `a BGPPeer of ${announcer}, while the advertisement belongs to ${plugin.name}`
      exam.report(field, 'PeerOfOtherAnnouncer', `found ${quote(name)}, ${whose}; allowed: ${oneOf(fitting)}`)
    }
  }
  return fitting.filter((name) => names.includes(name) && known.peers.has(name))
}

/** Why an advertisement does not select a pool, as a sentence; undefined when it does. */
export function whyNotSelected(
  spec: AdvertisementSelection,
  pool: Pick<Pool, 'name' | 'labels'>,
): string | undefined {
  const { ipAddressPools: names = [], ipAddressPoolSelectors: selectors = [] } = spec
  if (names.length + selectors.length === 0 || names.includes(pool.name)) return undefined
  if (selectors.some((selector) => selects(selector, pool.labels))) return undefined
  const named = names.length === 0 ? [] : [`it names ${oneOf(names)}`]
  const labelled =
    selectors.length === 0 ? [] : [`its ipAddressPoolSelectors do not match the labels of ${pool.name}`]
  return [...named, ...labelled].join(', and ')
}
