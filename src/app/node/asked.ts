/* Under which grant a plugin was asked for each address last: what it served under an earlier one says nothing of this. */
import type { Grant, Target } from '#core/announcer.ts'
import type { Address } from '#core/model/address.ts'
import type { RunnerStatus } from '#core/runtime/plugin-runner.ts'

export class Asked {
  readonly #byAddress = new Map<Address, { readonly grant: Grant; readonly since: number }>()

  /** `given`: the targets of generation `generation` that have a grant. */
  note(given: ReadonlyMap<Address, Target>, generation: number): void {
    for (const address of this.#byAddress.keys()) if (!given.has(address)) this.#byAddress.delete(address)
    for (const [address, { grant }] of given)
      if (grant !== undefined && this.#byAddress.get(address)?.grant !== grant)
        this.#byAddress.set(address, { grant, since: generation })
  }

  /** What the plugin serves, each with the grant it was asked under. */
  *served({
    targets,
    generation,
  }: Pick<RunnerStatus, 'targets' | 'generation'>): Iterable<readonly [Address, Grant]> {
    for (const [address, { grant, since }] of this.#byAddress)
      if (generation >= since && targets.get(address)?.phase === 'serving') yield [address, grant]
  }
}
