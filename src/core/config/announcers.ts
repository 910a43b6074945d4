/* Which plugin carries an object, and what that plugin refuses. */
import type { Examination } from './inspection.ts'
import type { Unsupported } from '../announcer.ts'
import type { AnnouncerInfo, Settings } from '../model/facts.ts'
import { below } from '../model/field-path.ts'
import { isJsonObject } from '../model/json.ts'
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

/** Refuses an object that sets what its plugin cannot do. */
export function refuseUnsupported(
  object: ConfigObject,
  plugin: AnnouncerInfo,
  settings: Settings,
  { refuse }: Examination,
): void {
  for (const unsupported of unsupportedIn(object, plugin)) {
    const message = `${plugin.name} refuses it: ${unsupported.reason}; ${remedy(unsupported, settings.announcers)}`
    refuse(below('spec', ...unsupported.field.split('.')), 'UnsupportedField', message)
  }
}

export function unsupportedIn(object: ConfigObject, plugin: AnnouncerInfo): Unsupported[] {
  return plugin.unsupported.filter(
    ({ kind, field }) => kind === object.kind && isSet(object.spec, field.split('.')),
  )
}

function remedy(wanted: Unsupported, announcers: readonly AnnouncerInfo[]): string {
  const able = announcers
    .filter(
      ({ unsupported }) =>
        !unsupported.some(({ kind, field }) => kind === wanted.kind && field === wanted.field),
    )
    .filter(carriesBgp)
    .map(({ name }) => name)
  return able.length === 0 ? 'allowed: no value, no loaded announcer can' : `allowed with ${oneOf(able)}`
}

/** Absent, false, zero and empty values ask for nothing. */
function isSet(value: unknown, [name, ...rest]: readonly string[]): boolean {
  if (name === undefined) {
    if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0
    return Boolean(value) && value !== '0s'
  }
  return isJsonObject(value) && Object.hasOwn(value, name) && isSet(value[name], rest)
}
