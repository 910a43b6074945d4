import type { Resource } from '#core/announcer.ts'
import type { Json } from '#core/model/json.ts'

/** Specs of BFDProfiles by name. */
export function profilesOf(resources: readonly Resource[]): Map<string, Readonly<Record<string, Json>>> {
  return new Map(resources.map(({ name, spec }) => [name, spec]))
}
