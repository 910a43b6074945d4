import type { Bench } from '../bench.ts'
import type { Subject } from '../subject.ts'

/** `applies`: the ability a subject must declare, or the trait its plugin must have; every subject without it. */
export interface Property {
  readonly sentence: string
  applies?(subject: Subject): boolean
  prove(bench: Bench): Promise<void>
}
