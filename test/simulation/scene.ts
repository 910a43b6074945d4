/* What a person sees of the world. */
import type { Address } from '#core/model/address.ts'

import type { Agenda } from './agenda.ts'
import type { ClusterState } from './cluster-state.ts'
import type { Process } from './process.ts'
import type { Scenario } from './scenario.ts'

export interface Scene {
  readonly scenario: Scenario
  readonly agenda: Agenda
  readonly processes: readonly Process[]
  readonly cluster: ClusterState
  answers(index: number, address: Address): boolean
  note(text: () => string): void
}
