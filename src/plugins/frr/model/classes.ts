/*
 * Route classes: prefixes that go to the same peers with the same attributes. A class has a number that FRR keeps
 * with the route as its tag: it never leaves the router, and the export policy of each peer knows it. So a new prefix
 * of a known class is one `network` line, and no list of prefixes grows with the number of Services.
 */
import type { Prefix } from '#core/bgp/prefix.ts'
import type { RouteAttributes, RouteTable } from '#core/bgp/routes.ts'
import { fnv1a } from '#core/model/hash.ts'

export interface RouteClass {
  /** 10 … 65009: a route tag, and the number of a route-map clause. */
  readonly tag: number
  /** By peer name: what the peer is told with the prefix. */
  readonly attributes: ReadonlyMap<string, RouteAttributes>
}

export interface ClassifiedRoutes {
  /** Sorted by tag. */
  readonly classes: readonly RouteClass[]
  readonly routes: readonly { readonly prefix: Prefix; readonly tag: number }[]
}

const firstTag = 10
const tags = 65_000

/** The tables of peers that share one router. */
export function classify(tables: ReadonlyMap<string, RouteTable>): ClassifiedRoutes {
  const groups = [...groupedBySignature(tables)]
  const numbers = numbered(groups.map(([signature]) => signature).sort())
  const tagged = groups.map(([signature, group]) => ({ ...group, tag: numbers.get(signature) ?? firstTag }))
  tagged.sort((a, b) => a.tag - b.tag)
  return {
    classes: tagged.map(({ tag, shares }) => ({ tag, attributes: attributesByPeer(shares) })),
    routes: tagged.flatMap(({ tag, prefixes }) => prefixes.map((prefix) => ({ prefix, tag }))),
  }
}

/** What the peers of one table are told. */
interface Share {
  readonly peers: readonly string[]
  readonly attributes: RouteAttributes
}

interface Group {
  readonly shares: readonly Share[]
  readonly prefixes: Prefix[]
}

function groupedBySignature(tables: ReadonlyMap<string, RouteTable>): Map<string, Group> {
  const groups = new Map<string, Group>()
  for (const { prefix, shares } of sharesByPrefix(tables).values()) {
    const signature = shares.map(({ peers, attributes }) => `${peers.join(' ')}=${attributes.key}`).join('\n')
    const group = groups.get(signature)
    if (group === undefined) groups.set(signature, { shares, prefixes: [prefix] })
    else group.prefixes.push(prefix)
  }
  return groups
}

/** Peers that the same advertisements reach share one table, which is gone through once. */
function sharesByPrefix(
  tables: ReadonlyMap<string, RouteTable>,
): Map<string, { readonly prefix: Prefix; readonly shares: Share[] }> {
  const peersOf = new Map<RouteTable, string[]>()
  for (const peer of [...tables.keys()].sort()) {
    const table = tables.get(peer)
    if (table !== undefined) peersOf.set(table, [...(peersOf.get(table) ?? []), peer])
  }
  const all = new Map<string, { readonly prefix: Prefix; readonly shares: Share[] }>()
  for (const [table, peers] of peersOf) {
    for (const [key, { prefix, attributes }] of table) {
      const known = all.get(key)
      if (known === undefined) all.set(key, { prefix, shares: [{ peers, attributes }] })
      else known.shares.push({ peers, attributes })
    }
  }
  return all
}

function attributesByPeer(shares: readonly Share[]): Map<string, RouteAttributes> {
  return new Map(shares.flatMap(({ peers, attributes }) => peers.map((peer) => [peer, attributes] as const)))
}

/** By hash, so that a class keeps its number when others come and go, and after a restart. */
function numbered(signatures: readonly string[]): Map<string, number> {
  const taken = new Set<number>()
  return new Map(
    signatures.map((signature) => {
      let number = fnv1a(signature) % tags
      while (taken.has(number)) number = (number + 1) % tags
      taken.add(number)
      return [signature, firstTag + number]
    }),
  )
}
