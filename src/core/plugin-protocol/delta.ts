/* From one full set to the next, and back: the two halves that both ends of a connection share. */
import type { Change } from './messages.ts'
import type { DesiredState, Target } from '../announcer.ts'
import { compareAddresses, type Address } from '../model/address.ts'
import { same } from '../model/same.ts'

/** A target that is the very same object is not looked into: the decisions keep what nothing touched. */
export function changeBetween(before: DesiredState, after: DesiredState): Change {
  const known = new Map(before.targets.map((target) => [target.address, target]))
  const put: Target[] = []
  for (const target of after.targets) {
    const old = known.get(target.address)
    if (old === undefined || (old !== target && !same(old, target))) put.push(target)
    known.delete(target.address)
  }
  return {
    generation: after.generation,
    since: before.generation,
    put,
    remove: [...known.keys()],
    ...(same(before.resources, after.resources) ? {} : { resources: after.resources }),
  }
}

/** Undefined when `before` is not the generation that the change begins at: ask for the full set. */
export function applyChange(before: DesiredState | undefined, change: Change): DesiredState | undefined {
  if (before?.generation !== change.since) return undefined
  const { generation, since, put, remove, resources = before.resources } = change
  const targets = new Map<Address, Target>(before.targets.map((target) => [target.address, target]))
  for (const address of remove) targets.delete(address)
  for (const target of put) targets.set(target.address, target)
  const sorted = [...targets.values()].sort((a, b) => compareAddresses(a.address, b.address))
  const keys = [...remove, ...put.map(({ address }) => address)].sort(compareAddresses)
  return { generation, targets: sorted, resources, changed: { since, keys } }
}
