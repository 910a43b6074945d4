/*
 * Routes per peer → one path per prefix and what each neighbour gets of it. GoBGP keeps one table for all neighbours, so
 * a path carries a mark, and for each mark and neighbour that gets the path a statement says how. Prefixes treated alike
 * by everybody share a mark: ten thousand Services of one advertisement need one statement per neighbour. Pure.
 */
import { localPrefOf } from '#core/bgp/local-pref.ts'
import type { Route, RouteTable } from '#core/bgp/routes.ts'
import { compareAddresses, familyOf, type Address, type Family } from '#core/model/address.ts'

import type { MarkedPath } from './client.ts'
import type { Treatment } from './marks.ts'
import { actionFor, formatAction, parseAction } from './treatment.ts'

export interface Session {
  readonly address: Address
  /** Within one AS. */
  readonly internal: boolean
  /** This node's addresses towards the neighbour. */
  readonly local: { readonly [F in Family]?: Address }
  /** Whose routes are told on it. */
  readonly families: readonly Family[]
}

/** What gobgpd holds already, so that marks keep their meaning. */
export interface Before {
  readonly treatments: readonly Treatment[]
  readonly neighbors: ReadonlySet<Address>
}

export interface Routing {
  /** By prefix text. */
  readonly paths: ReadonlyMap<string, MarkedPath>
  readonly treatments: readonly Treatment[]
  /** Prefix texts by peer name. */
  readonly told: ReadonlyMap<string, ReadonlySet<string>>
}

/** The text of the action by neighbour: everything that happens to a prefix on its way out. */
type Fate = ReadonlyMap<Address, string>

export function compileRouting(
  tables: ReadonlyMap<string, RouteTable>,
  sessions: ReadonlyMap<string, Session>,
  before: Before,
): Routing {
  const told = new Map<string, Set<string>>()
  const routes = new Map<string, Route>()
  const fates = new Map<string, Map<Address, string>>()
  const sorted = [...sessions].sort(([, a], [, b]) => compareAddresses(a.address, b.address))
  const lowered = loweredPaths(tables, sessions)
  for (const [peer, session] of sorted) {
    const keys = new Set<string>()
    const actionOf = actionTexts(session)
    for (const [key, route] of tables.get(peer) ?? []) {
      const { family } = route.prefix
      if (!session.families.includes(family) || !hasNextHop(session, family)) continue
      keys.add(key)
      routes.set(key, route)
      const fate = fates.get(key) ?? new Map<Address, string>()
      fates.set(key, fate.set(session.address, actionOf(route, lowered.has(key))))
    }
    told.set(peer, keys)
  }
  return { ...mark(routes, fates, before, new Set(sorted.map(([, { address }]) => address))), told }
}

/** Prefixes of which a neighbour in our AS is told LOCAL_PREF 0. */
function loweredPaths(
  tables: ReadonlyMap<string, RouteTable>,
  sessions: ReadonlyMap<string, Session>,
): ReadonlySet<string> {
  const internal = [...sessions].filter(([, session]) => session.internal)
  const shared = new Set(internal.flatMap(([peer]) => tables.get(peer) ?? []))
  return new Set(
    [...shared].flatMap((table) =>
      [...table].flatMap(([key, { attributes }]) => (localPrefOf(attributes) === 0 ? [key] : [])),
    ),
  )
}

/** The session's own address serves its own family; for the other one the node needs an address that serves it. */
export function hasNextHop(session: Session, family: Family): boolean {
  return family === familyOf(session.address) || nextHopFor(session, family) !== undefined
}

/** What is set for the other family: an address of it, or for IPv4 one of IPv6 (RFC 8950). */
function nextHopFor({ local }: Session, family: Family): Address | undefined {
  return local[family] ?? (family === 'IPv4' ? local.IPv6 : undefined)
}

function actionTexts(session: Session): (route: Route, lowered: boolean) => string {
  const { internal } = session
  const known = new Map<string, string>()
  return (route, lowered) => {
    const { family } = route.prefix
    const key = `${family} ${lowered} ${route.attributes.key}`
    const nextHop = family === familyOf(session.address) ? undefined : nextHopFor(session, family)
    const circumstances = { internal, lowered, ...(nextHop && { nextHop }) }
    const text = known.get(key) ?? formatAction(actionFor(route, circumstances))
    known.set(key, text)
    return text
  }
}

function mark(
  routes: ReadonlyMap<string, Route>,
  fates: ReadonlyMap<string, Fate>,
  before: Before,
  neighbors: ReadonlySet<Address>,
): Pick<Routing, 'paths' | 'treatments'> {
  const distinct = new Map<string, Fate>()
  const texts = new Map<string, string>()
  for (const [key, fate] of fates) {
    const text = fateText(fate)
    texts.set(key, text)
    distinct.set(text, fate)
  }
  const marks = assignMarks(distinct, before, neighbors)
  const lowered = new Set([...distinct].flatMap(([text, fate]) => (isLowered(fate) ? [text] : [])))
  const paths = new Map<string, MarkedPath>()
  for (const [key, { prefix }] of routes) {
    const text = texts.get(key) ?? ''
    const path = { prefix, key, mark: marks.get(text) ?? 0 }
    paths.set(key, lowered.has(text) ? { ...path, localPref: 0 } : path)
  }
  const treatments = [...distinct].flatMap(([text, fate]) =>
    [...fate].map(([neighbor, action]) => ({ mark: marks.get(text) ?? 0, neighbor, action })),
  )
  return { paths, treatments }
}

/**
 * To gobgpd's policies LOCAL_PREF 0 is none to set: so the path itself has it, and what other neighbours in our AS are
 * told is set on the way out.
 */
function isLowered(fate: Fate): boolean {
  return [...fate.values()].some((action) => parseAction(action).localPref === 0)
}

/**
 * A fate that exists keeps its mark, and so does one that only gained or lost neighbours which came or went themselves:
 * their routes need no second UPDATE to everybody else. A new mark is one that gobgpd does not know.
 */
function assignMarks(
  fates: ReadonlyMap<string, Fate>,
  before: Before,
  neighbors: ReadonlySet<Address>,
): ReadonlyMap<string, number> {
  const known = fatesByMark(before.treatments)
  const stayed = (fate: Fate): string =>
    fateText(
      new Map([...fate].filter(([address]) => before.neighbors.has(address) && neighbors.has(address))),
    )
  const marks = new Map<string, number>()
  const free = new Map(known)
  for (const view of [fateText, stayed]) {
    const byText = new Map([...free].map(([number, fate]) => [view(fate), number]))
    for (const [text, fate] of fates) {
      const found = byText.get(view(fate))
      if (marks.has(text) || found === undefined || view(fate) === '') continue
      if (free.delete(found)) marks.set(text, found)
    }
  }
  let next = 1
  for (const text of fates.keys()) {
    if (marks.has(text)) continue
    while (known.has(next)) next++
    marks.set(text, next++)
  }
  return marks
}

function fatesByMark(treatments: readonly Treatment[]): Map<number, Map<Address, string>> {
  const fates = new Map<number, Map<Address, string>>()
  for (const { mark: number, neighbor, action } of treatments) {
    fates.set(number, (fates.get(number) ?? new Map<Address, string>()).set(neighbor, action))
  }
  return fates
}

function fateText(fate: Fate): string {
  return [...fate]
    .map(([address, action]) => `${address} ${action}`)
    .sort()
    .join('\n')
}
