/* What the plugin of an object cannot do is refused, not ignored. */
import { carriesBgp } from './announcers.ts'
import type { Examination } from './inspection.ts'
import { annotationPath } from './own-annotations.ts'
import type { Unsupported } from '../announcer.ts'
import { ownField } from '../bgp/own-fields.ts'
import type { AnnouncerInfo, Settings } from '../model/facts.ts'
import { below } from '../model/field-path.ts'
import { isJsonObject, type JsonObject } from '../model/json.ts'
import type { ConfigObject } from '../model/objects.ts'
import { oneOf } from '../model/wording.ts'

/** Defaults of the schemas that are neither false nor zero nor empty: a field that holds its own asks for nothing. */
export const defaults: Readonly<Record<string, unknown>> = {
  'BGPPeer peerPort': 179,
  'BGPAdvertisement aggregationLength': 32,
  'BGPAdvertisement aggregationLengthV6': 128,
}

/** Refuses an object that sets what its plugin cannot do; `own`: the values of its annotations. */
export function refuseUnsupported(
  object: ConfigObject,
  plugin: AnnouncerInfo,
  { settings, own }: { readonly settings: Settings; readonly own?: JsonObject | undefined },
  { refuse }: Examination,
): void {
  for (const unsupported of unsupportedIn(object, plugin, own)) {
    const message = `${plugin.name} refuses it: ${unsupported.reason}; ${remedy(unsupported, settings.announcers)}`
    const path = annotationPath(object, unsupported.field)
    refuse(path ?? below('spec', ...unsupported.field.split('.')), 'UnsupportedField', message)
  }
}

export function unsupportedIn(
  object: ConfigObject,
  plugin: AnnouncerInfo,
  own: JsonObject = {},
): Unsupported[] {
  const spec = { ...object.spec, [ownField]: own }
  return plugin.unsupported.filter(({ kind, field }) => {
    const value = valueAt(spec, field.split('.'))
    return kind === object.kind && asksForSomething(value) && value !== defaults[`${kind} ${field}`]
  })
}

/** Only the kinds of BGP have a choice of announcers. */
function remedy(wanted: Unsupported, announcers: readonly AnnouncerInfo[]): string {
  const refuses = ({ unsupported }: AnnouncerInfo): boolean =>
    unsupported.some(({ kind, field }) => kind === wanted.kind && field === wanted.field)
  const able =
    wanted.kind.startsWith('BGP') || wanted.kind === 'Advertisement'
      ? announcers.filter((one) => carriesBgp(one) && !refuses(one))
      : []
  if (able.length === 0) return 'allowed: no value, for no loaded announcer can'
  return `allowed with ${oneOf(able.map(({ name }) => name))}`
}

function valueAt(value: unknown, [name, ...rest]: readonly string[]): unknown {
  if (name === undefined) return value
  return isJsonObject(value) && Object.hasOwn(value, name) ? valueAt(value[name], rest) : undefined
}

function asksForSomething(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0
  return Boolean(value) && value !== '0s'
}
