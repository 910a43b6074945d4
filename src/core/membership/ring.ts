/*
 * Who watches whom. Members stand on a ring in the order of a hash of their names, which mixes racks; each is watched
 * by the next few that are thought alive. So the traffic of a member does not grow with the cluster, every member is
 * watched by as many as it watches, and the place of a dead watcher is taken by the next.
 */

import { fnv1a } from '../model/hash.ts'

/** Members that watch one member, while there are as many. */
export const watchers = 4

/** Names in the order of the ring; the same on every node that knows the same names. */
export function ringOf(names: Iterable<string>): readonly string[] {
  return [...names]
    .map((name) => ({ name, place: hash32(name) }))
    .sort((a, b) => a.place - b.place || (a.name < b.name ? -1 : 1))
    .map(({ name }) => name)
}

/** The first `count` after `name` on the ring that `accepts`; never `name` itself. */
export function successors(
  ring: readonly string[],
  name: string,
  accepts: (name: string) => boolean,
  count: number = watchers,
): readonly string[] {
  const start = ring.indexOf(name)
  const found: string[] = []
  for (let step = 1; step < ring.length && found.length < count; step++) {
    const next = ring[(start + step) % ring.length] as string
    if (next !== name && accepts(next)) found.push(next)
  }
  return found
}

/** FNV-1a with a final mix: spreads names that differ in their last character only. */
export function hash32(text: string): number {
  let hash = fnv1a(text)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
