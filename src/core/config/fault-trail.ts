/*
 * The faults of a walk through a value, and where the walk stands. A path becomes text only where there is a fault:
 * nearly every field has none.
 */
import { below, type FieldStep } from '../model/field-path.ts'

export interface SchemaFault {
  /** Below the value that was checked: `spec.addresses[0]`, or empty for the value itself. */
  readonly path: string
  readonly reason: 'UnknownField' | 'MissingField' | 'WrongType' | 'InvalidValue'
  /** What was found and what is allowed. */
  readonly message: string
}

export class FaultTrail {
  readonly faults: SchemaFault[] = []
  readonly #start: string
  readonly #steps: FieldStep[] = []

  /** `start`: the path of the value on which the walk begins. */
  constructor(start: string) {
    this.#start = start
  }

  enter(step: FieldStep): void {
    this.#steps.push(step)
  }

  leave(): void {
    this.#steps.pop()
  }

  /** At the place where the walk stands, or `further` below it. */
  add(reason: SchemaFault['reason'], message: string, ...further: readonly FieldStep[]): void {
    this.faults.push({ path: below(this.#start, ...this.#steps, ...further), reason, message })
  }
}
