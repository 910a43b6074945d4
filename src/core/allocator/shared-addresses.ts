/* An index of the addresses that are held with a sharing key, so that the lowest fitting one is found without a scan. */
import { PositionMap } from './position-map.ts'
import type { Claim } from './sharing.ts'

/** The addresses held with one sharing key and one backend key, by their positions in the walk. */
interface KeyGroup {
  readonly held: PositionMap<true>
  /** Who has taken each protocol and port, and where. */
  readonly ports: Map<string, PositionMap<Claim>>
}

export class SharedAddresses {
  /** By sharing key, then by backend key. */
  readonly #groups = new Map<string, Map<string, KeyGroup>>()

  join(claim: Claim, position: number): void {
    const { held, ports } = this.#groupFor(claim)
    held.set(position, true)
    for (const port of claim.ports) {
      let taken = ports.get(port)
      if (taken === undefined) ports.set(port, (taken = new PositionMap()))
      taken.set(position, claim)
    }
  }

  /** `last`: nobody else holds the address. */
  leave(claim: Claim, position: number, last: boolean): void {
    const { held, ports } = this.#groupFor(claim)
    for (const port of claim.ports) {
      const taken = ports.get(port)
      taken?.set(position, undefined)
      if (taken?.size === 0) ports.delete(port)
    }
    if (last) held.set(position, undefined)
    if (held.size === 0) this.#forget(claim)
  }

  /** The lowest position below `limit` that the claim may join. */
  lowestFor(claim: Claim, limit: number): number | undefined {
    const group = this.#groups.get(claim.sharingKey)?.get(claim.backendKey)
    const taken = claim.ports.flatMap((port) => group?.ports.get(port) ?? [])
    return group?.held.lowestOutside(taken, limit)
  }

  /** The lowest position held with the claim's sharing key, preferably with its backend key too. */
  lowestOfKey({ sharingKey, backendKey }: Claim): number | undefined {
    const groups = this.#groups.get(sharingKey)
    const same = groups?.get(backendKey)?.held.lowestOutside([])
    if (same !== undefined || groups === undefined) return same
    const positions = [...groups.values()].map(({ held }) => held.lowestOutside([]) ?? Infinity)
    return Math.min(...positions)
  }

  #groupFor({ sharingKey, backendKey }: Claim): KeyGroup {
    let groups = this.#groups.get(sharingKey)
    if (groups === undefined) this.#groups.set(sharingKey, (groups = new Map()))
    let group = groups.get(backendKey)
    if (group === undefined) groups.set(backendKey, (group = { held: new PositionMap(), ports: new Map() }))
    return group
  }

  #forget({ sharingKey, backendKey }: Claim): void {
    const groups = this.#groups.get(sharingKey)
    groups?.delete(backendKey)
    if (groups?.size === 0) this.#groups.delete(sharingKey)
  }
}
