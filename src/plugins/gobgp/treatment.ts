/* What is set on a route on its way to a neighbour, as canonical text: equal treatment has equal text. */
import { formatCommunities } from '#core/bgp/community.ts'
import { defaultLocalPref, localPrefOf } from '#core/bgp/local-pref.ts'
import type { Route } from '#core/bgp/routes.ts'
import { parseAddress, type Address } from '#core/model/address.ts'

export interface Action {
  readonly localPref?: number
  /** Absent = the session's own address. */
  readonly nextHop?: Address
  /** `A:B`. */
  readonly communities: readonly string[]
  /** `A:B:C`. */
  readonly largeCommunities: readonly string[]
}

/** What else than the route decides about its treatment. */
interface Circumstances {
  /** LOCAL_PREF belongs within an AS only (RFC 4271 §5.1.5). */
  readonly internal: boolean
  /** Absent = the session's own address. */
  readonly nextHop?: Address
  /** The path's own LOCAL_PREF is the lowest, for the sake of some neighbour. */
  readonly lowered?: boolean
}

export function actionFor(
  { attributes }: Route,
  { internal, nextHop, lowered = false }: Circumstances,
): Action {
  const literals = formatCommunities(attributes.communities)
  const localPref = localPrefOf(attributes) ?? (lowered ? defaultLocalPref : undefined)
  return {
    ...(internal && localPref !== undefined ? { localPref } : {}),
    ...(nextHop === undefined ? {} : { nextHop }),
    communities: literals.filter((literal) => !literal.startsWith('large:')),
    largeCommunities: literals.flatMap((literal) =>
      literal.startsWith('large:') ? [literal.slice('large:'.length)] : [],
    ),
  }
}

/** `pref=200;via=2001:db8::1;std=65000:1,65000:2;large=1:2:3`, of which what is absent is left out. */
export function formatAction({ localPref, nextHop, communities, largeCommunities }: Action): string {
  return [
    ...(localPref === undefined ? [] : [`pref=${localPref}`]),
    ...(nextHop === undefined ? [] : [`via=${nextHop}`]),
    ...(communities.length === 0 ? [] : [`std=${communities.join()}`]),
    ...(largeCommunities.length === 0 ? [] : [`large=${largeCommunities.join()}`]),
  ].join(';')
}

export function parseAction(text: string): Action {
  const parts = new Map(text.split(';').map((part) => part.split('=', 2) as [string, string | undefined]))
  const list = (key: string): readonly string[] => parts.get(key)?.split(',') ?? []
  const nextHop = parseAddress(parts.get('via') ?? '')
  const localPref = parts.get('pref')
  return {
    ...(localPref === undefined ? {} : { localPref: Number(localPref) }),
    ...(nextHop === undefined ? {} : { nextHop }),
    communities: list('std'),
    largeCommunities: list('large'),
  }
}
