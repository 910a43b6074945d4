/* The names by which Herald knows its own again in FRR's configuration. */
import { fnv1a } from '#core/model/hash.ts'

const prefix = 'herald-'
export const ownDescription = 'herald:'

/** Of a neighbor that is being made. */
export const ownShutdown = 'shutdown message herald'

/** FRR's own bounds are 63 and more; long names keep their beginning and get a digest. */
const longest = 40

export function outMap(peer: string): string {
  return `${prefix}out-${shortened(peer)}`
}

export function bfdProfile(name: string): string {
  return `${prefix}${shortened(name)}`
}

export function classMap(tag: number): string {
  return `${prefix}class-${tag}`
}

export const inMap = `${prefix}in`

export function allowedList(digest: string): string {
  return `${prefix}allowed-${digest}`
}

export function description(peer: string): string {
  return `${ownDescription} ${shortened(peer)}`
}

export function isOwnName(name: string): boolean {
  return name.startsWith(prefix)
}

function shortened(name: string): string {
  return name.length <= longest ? name : `${name.slice(0, longest)}-${fnv1a(name).toString(16)}`
}
