/* An index of the addresses that are held with a sharing key, so that the lowest fitting one is found without a scan. */
import { Runs } from './runs.ts'
import type { Claim } from './sharing.ts'

/** The addresses held with one sharing key and one backend key, by their positions in the walk. */
interface KeyGroup {
  readonly held: Runs
  /** Where each protocol and port is taken. */
  readonly ports: Map<string, Runs>
}

export class SharedAddresses {
  /** By sharing key, then by backend key. */
  readonly #groups = new Map<string, Map<string, KeyGroup>>()

  join(claim: Claim, position: number): void {
    const group = this.#groupFor(claim)
    group.held.add(position)
    for (const port of claim.ports) {
      let taken = group.ports.get(port)
      if (taken === undefined) group.ports.set(port, (taken = new Runs(0)))
      taken.add(position)
    }
  }

  /** `last`: nobody else holds the address. */
  leave(claim: Claim, position: number, last: boolean): void {
    const group = this.#groupFor(claim)
    for (const port of claim.ports) {
      const taken = group.ports.get(port)
      taken?.delete(position)
      if (taken?.lowest() === undefined) group.ports.delete(port)
    }
    if (last) group.held.delete(position)
    if (group.held.lowest() === undefined) this.#forget(claim)
  }

  /** The lowest position below `limit` that the claim may join. */
  lowestFor(claim: Claim, limit: number): number | undefined {
    const group = this.#groups.get(claim.sharingKey)?.get(claim.backendKey)
    if (group === undefined) return undefined
    let position = group.held.lowest()
    while (position !== undefined && position < limit) {
      const end = endOfConflict(group, claim, position)
      if (end === undefined) return position
      position = group.held.atOrAfter(end + 1)
    }
    return undefined
  }

  /** The lowest position held with the claim's sharing key, preferably with its backend key too. */
  lowestOfKey({ sharingKey, backendKey }: Claim): number | undefined {
    const groups = this.#groups.get(sharingKey)
    const same = groups?.get(backendKey)?.held.lowest()
    if (same !== undefined || groups === undefined) return same
    const positions = [...groups.values()].map(({ held }) => held.lowest() ?? Infinity)
    return Math.min(...positions)
  }

  #groupFor({ sharingKey, backendKey }: Claim): KeyGroup {
    let groups = this.#groups.get(sharingKey)
    if (groups === undefined) this.#groups.set(sharingKey, (groups = new Map()))
    let group = groups.get(backendKey)
    if (group === undefined) groups.set(backendKey, (group = { held: new Runs(0), ports: new Map() }))
    return group
  }

  #forget({ sharingKey, backendKey }: Claim): void {
    const groups = this.#groups.get(sharingKey)
    groups?.delete(backendKey)
    if (groups?.size === 0) this.#groups.delete(sharingKey)
  }
}

/** The end of the run of positions from `position` on where one of the claim's ports is taken. */
function endOfConflict(group: KeyGroup, claim: Claim, position: number): number | undefined {
  let furthest: number | undefined
  for (const port of claim.ports) {
    const end = group.ports.get(port)?.endOfRunAt(position)
    if (end !== undefined && (furthest === undefined || end > furthest)) furthest = end
  }
  return furthest
}
