/* Which plugin carries an object. */
import type { Examination } from './inspection.ts'
import type { AnnouncerInfo, Settings } from '../model/facts.ts'
import { below } from '../model/field-path.ts'
import type { ConfigObject } from '../model/objects.ts'
import { didYouMean, oneOf, quote } from '../model/wording.ts'

/** On a BGPPeer or BGPAdvertisement: the plugin it belongs to, instead of the process's default. */
export const announcerAnnotation = 'heraldlb.io/announcer'

const annotationField = below('metadata.annotations', announcerAnnotation)

export const carriesBgp = ({ resources }: AnnouncerInfo): boolean => resources.includes('BGPPeer')

/** The name of the plugin that a BGPPeer or BGPAdvertisement belongs to, loaded or not. */
export function bgpAnnouncerOf(object: ConfigObject, settings: Settings): string {
  return object.metadata.annotations?.[announcerAnnotation] ?? settings.bgpBackend
}

/** The loaded plugin of a BGPPeer or BGPAdvertisement; otherwise the object is refused. */
export function bgpAnnouncer(
  object: ConfigObject,
  settings: Settings,
  { refuse }: Examination,
): AnnouncerInfo | undefined {
  const name = bgpAnnouncerOf(object, settings)
  const field = object.metadata.annotations?.[announcerAnnotation] === undefined ? '' : annotationField
  const suitable = settings.announcers.filter(carriesBgp)
  const plugin = findAnnouncer(name, field, { announcers: settings.announcers, suitable, refuse })
  if (plugin === undefined || carriesBgp(plugin)) return plugin
  const allowed = oneOf(suitable.map((announcer) => announcer.name))
  const message = `found announcer ${quote(name)}, which does not speak BGP; allowed: ${allowed}`
  refuse(field, 'UnsuitableAnnouncer', message)
  return undefined
}

export function findAnnouncer(
  name: string,
  field: string,
  known: {
    readonly announcers: readonly AnnouncerInfo[]
    readonly suitable: readonly AnnouncerInfo[]
    readonly refuse: Examination['refuse']
  },
): AnnouncerInfo | undefined {
  const plugin = known.announcers.find((announcer) => announcer.name === name)
  if (plugin !== undefined) return plugin
  const names = known.suitable.map((announcer) => announcer.name)
  const message = `found announcer ${quote(name)}, which is not loaded; allowed: ${oneOf(names)}`
  known.refuse(field, 'UnknownAnnouncer', message + didYouMean(name, names))
  return undefined
}
