/*
 * Route classes: prefixes that go to the same peers with the same attributes. A class has a number that FRR keeps
 * with the route as its tag: it never leaves the router, and the export policy of each peer knows it. So a new prefix
 * of a known class is one `network` line, and no list of prefixes grows with the number of Services.
 */
import { prefixText, type Prefix } from '#core/bgp/prefix.ts'
import type { RouteAttributes, RouteTable } from '#core/bgp/routes.ts'

import { hash32 } from './names.ts'

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
  const bySignature = new Map<string, { attributes: Map<string, RouteAttributes>; prefixes: Prefix[] }>()
  for (const { prefix, attributes } of merged(tables).values()) {
    const signature = [...attributes].map(([peer, { key }]) => `${peer}=${key}`).join('\n')
    const group = bySignature.get(signature)
    if (group === undefined) bySignature.set(signature, { attributes, prefixes: [prefix] })
    else group.prefixes.push(prefix)
  }
  const numbers = numbered([...bySignature.keys()].sort())
  const groups = [...bySignature].map(([signature, group]) => ({
    ...group,
    tag: numbers.get(signature) ?? firstTag,
  }))
  groups.sort((a, b) => a.tag - b.tag)
  return {
    classes: groups.map(({ tag, attributes }) => ({ tag, attributes })),
    routes: groups.flatMap(({ tag, prefixes }) => prefixes.map((prefix) => ({ prefix, tag }))),
  }
}

interface Merged {
  readonly prefix: Prefix
  readonly attributes: Map<string, RouteAttributes>
}

function merged(tables: ReadonlyMap<string, RouteTable>): Map<string, Merged> {
  const all = new Map<string, Merged>()
  for (const peer of [...tables.keys()].sort()) {
    for (const { prefix, attributes } of tables.get(peer)?.values() ?? []) {
      const key = prefixText(prefix)
      const known = all.get(key) ?? { prefix, attributes: new Map<string, RouteAttributes>() }
      known.attributes.set(peer, attributes)
      all.set(key, known)
    }
  }
  return all
}

/** By hash, so that a class keeps its number when others come and go, and after a restart. */
function numbered(signatures: readonly string[]): Map<string, number> {
  const taken = new Set<number>()
  return new Map(
    signatures.map((signature) => {
      let number = hash32(signature) % tags
      while (taken.has(number)) number = (number + 1) % tags
      taken.add(number)
      return [signature, firstTag + number]
    }),
  )
}
