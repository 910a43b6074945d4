/*
 * Advertisements of the three kinds. Names that lead nowhere and pools that an aggregate does not fit are left out of
 * an advertisement; an advertisement whose announcer, options or communities are at fault is left out as a whole,
 * for it would announce something else than what was asked for.
 */
import { bgpAnnouncer, carriesBgp, findAnnouncer } from './announcers.ts'
import type { CommunityNames } from './communities.ts'
import type { Examination, Inspection } from './inspection.ts'
import { annotationPath, asksForGate, ownValues } from './own-annotations.ts'
import { checkRouteOptions, poolsThatFit, refuseSelectiveAggregation, type Options } from './routes.ts'
import { checkSchema } from './schema-check.ts'
import { applyDefaults } from './schema-defaults.ts'
import { selectedPeers, selectedPools, type Known } from './selection.ts'
import { checkSelector, checkSelectors, checkUnique } from './selectors.ts'
import { refuseUnsupported } from './unsupported.ts'
import { ownField } from '../bgp/own-fields.ts'
import type { Advertisement } from '../model/config.ts'
import type { AnnouncerInfo } from '../model/facts.ts'
import { below } from '../model/field-path.ts'
import { isJsonObject, type JsonObject } from '../model/json.ts'
import type { AdvertisementObject, BGPAdvertisementObject, L2AdvertisementObject } from '../model/objects.ts'

export type AnyAdvertisement = L2AdvertisementObject | BGPAdvertisementObject | AdvertisementObject

export interface CheckedAdvertisement {
  readonly advertisement: Advertisement
  readonly exam: Examination
  readonly path: string
  readonly bgp: boolean
}

/** What an advertisement asks of its announcer, before the announcer is asked. */
interface Wish {
  readonly plugin: AnnouncerInfo | undefined
  readonly options: Options
  /** Those that annotations ask for. */
  readonly own?: JsonObject
  /** Where the options stand: `spec` or `spec.options`. */
  readonly path: string
  /** Whether the rules of routes apply. */
  readonly bgp: boolean
}

/** Undefined when the advertisement is refused. */
export function parseAdvertisement(
  object: AnyAdvertisement,
  known: Known & { readonly communities: CommunityNames },
  inspection: Inspection,
): CheckedAdvertisement | undefined {
  const exam = inspection.examine(object)
  const { plugin, path, bgp, ...wish } = wishOf(object, inspection, exam)
  const place = { path, exam }
  const nodeSelectors = checkSelectors(object.spec.nodeSelectors, 'spec.nodeSelectors', exam.report)
  const serviceSelectors = checkSelectors(object.spec.serviceSelectors, 'spec.serviceSelectors', exam.report)
  const preferredNodes = preferencesOf(object, exam)
  const options = bgp ? checkRouteOptions(wish.options, known.communities, place) : wish.options
  const selected = selectedPools(object.spec, known, exam)
  const pools = bgp ? poolsThatFit(selected, options, place) : selected
  if (bgp && serviceSelectors.length > 0) refuseSelectiveAggregation(options, place)
  const gated = asksForGate(object, exam)
  if (plugin === undefined) return undefined
  refuseUnsupported(object, plugin, { settings: inspection.context.settings, own: wish.own }, exam)
  refuseOptions(options, plugin, { ...place, object })
  const peers = peersOf(object, plugin, { known, exam })
  if (exam.refused()) return undefined
  const advertisement: Advertisement = {
    ref: exam.ref,
    name: object.metadata.name,
    announcer: plugin.name,
    pools: pools.map(({ name }) => name),
    nodeSelectors,
    serviceSelectors,
    preferredNodes,
    options,
    ...(peers === undefined ? {} : { peers }),
    ...(gated ? { gated } : {}),
  }
  return { advertisement, exam, path, bgp }
}

function wishOf(object: AnyAdvertisement, { context: { settings } }: Inspection, exam: Examination): Wish {
  const { announcers } = settings
  const known = { announcers, suitable: announcers, refuse: exam.refuse }
  switch (object.kind) {
    case 'L2Advertisement': {
      const interfaces = checkUnique(object.spec.interfaces, 'spec.interfaces', exam.report)
      const options = interfaces.length === 0 ? {} : { interfaces }
      return { plugin: findAnnouncer('l2', '', known), options, path: 'spec', bgp: false }
    }
    case 'BGPAdvertisement': {
      const { aggregationLength, aggregationLengthV6, localPref = 0, communities = [] } = object.spec
      const unique = checkUnique(communities, 'spec.communities', exam.report)
      const lists = unique.length === 0 ? {} : { communities }
      const own = ownValues(object, exam)
      const options = { aggregationLength, aggregationLengthV6, localPref, ...lists, ...own }
      return { plugin: bgpAnnouncer(object, settings, exam), options, own, path: 'spec', bgp: true }
    }
    case 'Advertisement': {
      const plugin = findAnnouncer(object.spec.announcer, 'spec.announcer', known)
      const given = object.spec.options ?? {}
      const filled = plugin === undefined ? given : applyDefaults(given, plugin.optionsSchema)
      const bgp = plugin !== undefined && carriesBgp(plugin)
      return { plugin, options: isJsonObject(filled) ? filled : given, path: 'spec.options', bgp }
    }
  }
}

function preferencesOf(object: AnyAdvertisement, { report }: Examination): Advertisement['preferredNodes'] {
  if (object.kind !== 'L2Advertisement') return []
  return (object.spec.preferredNodeSelectors ?? []).map(({ weight, preference }, index) => {
    const path = below('spec.preferredNodeSelectors', index, 'preference')
    return { weight, selector: checkSelector(preference, path, report) }
  })
}

/** Fields that another rule has found at fault already are not blamed twice. */
function refuseOptions(
  options: Options,
  { optionsSchema }: AnnouncerInfo,
  place: { readonly path: string; readonly exam: Examination; readonly object: AnyAdvertisement },
): void {
  const { path, exam, object } = place
  for (const fault of checkSchema(options, optionsSchema, path)) {
    // An option that an annotation asks for stands there.
    const field = annotationPath(object, `${ownField}.${fault.path.slice(path.length + 1)}`) ?? fault.path
    if (!exam.blames(field)) exam.refuse(field, fault.reason, fault.message)
  }
}

function peersOf(
  object: AnyAdvertisement,
  plugin: AnnouncerInfo,
  place: { readonly known: Known; readonly exam: Examination },
): string[] | undefined {
  if (object.kind === 'L2Advertisement') return undefined
  const { peers = [] } = object.spec
  if (carriesBgp(plugin)) return selectedPeers(peers, plugin, place)
  if (peers.length > 0) {
    place.exam.report(
      'spec.peers',
      'InvalidValue',
      `found peers, allowed: none, as ${plugin.name} does not speak BGP`,
    )
  }
  return undefined
}
