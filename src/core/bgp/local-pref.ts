/* LOCAL_PREF as routers of our own AS are told it. */
import type { RouteAttributes } from './routes.ts'

/** Where no advertisement has an opinion: what routers take for granted. */
export const defaultLocalPref = 100

/** RFC 8326 §3.2: the lowest, so that any other path is better. */
const drainedLocalPref = 0

/** Undefined = no opinion. */
export function localPrefOf({
  localPref,
  draining,
}: Pick<RouteAttributes, 'localPref' | 'draining'>): number | undefined {
  return draining ? drainedLocalPref : localPref
}
