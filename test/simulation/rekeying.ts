/* A person replaces the keys of all nodes, as docs/failover.md says: the next step begins when all have made the former one. */
import type { Bugs } from './bugs.ts'
import { lastStep } from './keys.ts'
import type { Chance } from './random.ts'
import type { Scene } from './scene.ts'

/** How often the person looks whether all have read their files. */
const lookEvery = 50

export class Rekeying {
  readonly #world: Scene
  readonly #chance: Chance
  readonly #atOnce: boolean
  readonly #signed: boolean
  /** What the file of each node holds. */
  readonly #files: number[]
  #begun = false

  constructor(world: Scene, bugs: Bugs, chance: Chance) {
    this.#world = world
    this.#chance = chance
    this.#atOnce = bugs.has('key-replaced-at-once')
    this.#signed = world.scenario.faults.some(({ kind }) => kind === 'rekey')
    this.#files = Array.from({ length: world.scenario.nodes }, () => 0)
  }

  /** What a process of the node begins with; undefined: nothing is signed in this scenario. */
  stepOn(node: number): number | undefined {
    return this.#signed ? this.#files[node] : undefined
  }

  begin(): void {
    if (this.#begun) return
    this.#begun = true
    this.#go(this.#atOnce ? lastStep : 1)
  }

  /** Files are written and noticed node by node. */
  #go(step: number): void {
    const { agenda, scenario, processes } = this.#world
    this.#world.note(() => `the files of keys: step ${step}`)
    const within = scenario.timing.deadAfter * (this.#atOnce ? 3 : 0.7)
    for (const node of this.#files.keys())
      agenda.plan(agenda.now + this.#chance.between(1, within), () => {
        this.#files[node] = step
        processes[node]?.useKeys(step)
      })
    if (step < lastStep) this.#goOnAfter(step)
  }

  #goOnAfter(step: number): void {
    const { agenda, processes } = this.#world
    agenda.plan(agenda.now + lookEvery, () => {
      const read = this.#files.every((file) => file === step)
      const used = processes.every((one) => one === undefined || one.over || one.keys === step)
      if (read && used) this.#go(step + 1)
      else this.#goOnAfter(step)
    })
  }
}
