/* Reading what a gobgpd holds of ours, and making changes in the one order that leaks nothing on the way. */
import type { Address } from '#core/model/address.ts'

import type { GoBgpClient } from './client.ts'
import { ApiError } from './errors.ts'
import type { Changes, Found } from './installation.ts'
import { isOurs, policies } from './marks.ts'

export async function readFound(client: GoBgpClient, signal: AbortSignal): Promise<Found> {
  const neighbors = await client.neighbors(signal)
  const paths = await client.paths(signal)
  const sets = await client.setNames(signal)
  const all = await client.policies(signal)
  const ours = Object.values(policies).flatMap((name) => {
    const statements = all.get(name)
    return statements === undefined ? [] : [[name, statements] as const]
  })
  return {
    neighbors: new Map(neighbors.map(({ address, description }) => [address, description])),
    paths: new Map(paths.map((path) => [path.key, path])),
    sets: new Set(sets.filter(isOurs)),
    policies: new Map(ours),
    assignments: {
      import: await client.assignment('import', signal),
      export: await client.assignment('export', signal),
    },
  }
}

/**
 * Policies come before the paths and neighbours they are for, and leave after them; so at no moment does a neighbour get
 * more than it should. A belt that is replaced leaves as soon as the new one is there, for gobgpd looks at a path when it
 * arrives and not again. Answers the neighbours that gobgpd refused, with its reason: one refused neighbour stops no other.
 */
export async function makeChanges(
  client: GoBgpClient,
  changes: Changes,
  signal: AbortSignal,
): Promise<ReadonlyMap<Address, string>> {
  for (const set of changes.addSets) await client.addSet(set, signal)
  for (const [policy, statements] of changes.addStatements)
    await client.addStatements(policy, statements, signal)
  for (const { direction, policies: names } of changes.assign) await client.assign(direction, names, signal)
  await dropStatements(client, changes, (policy) => policy === policies.belt, signal)
  if (changes.put.length > 0) await client.sendPaths(changes.put, 'put', signal)
  if (changes.withdraw.length > 0) await client.sendPaths(changes.withdraw, 'withdraw', signal)
  for (const address of changes.dropNeighbors) await client.deleteNeighbor(address, signal)
  const refused = await addNeighbors(client, changes, signal)
  await dropStatements(client, changes, (policy) => policy !== policies.belt, signal)
  for (const set of changes.dropSets) await client.deleteSet(set, signal)
  return refused
}

async function dropStatements(
  client: GoBgpClient,
  changes: Changes,
  of: (policy: string) => boolean,
  signal: AbortSignal,
): Promise<void> {
  for (const [policy, names] of changes.dropStatements)
    if (of(policy)) await client.deleteStatements(policy, names, signal)
}

async function addNeighbors(
  client: GoBgpClient,
  { addNeighbors: specs }: Changes,
  signal: AbortSignal,
): Promise<ReadonlyMap<Address, string>> {
  const refused = new Map<Address, string>()
  for (const spec of specs) {
    try {
      await client.addNeighbor(spec, signal)
    } catch (error) {
      if (!(error instanceof ApiError) || error.kind !== 'refused') throw error
      refused.set(spec.address, error.message)
    }
  }
  return refused
}
