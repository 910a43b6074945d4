/* What the BFD service and its program in the poll loop say to each other. */
import type { EngineEvent, SessionSpec } from '../bfd/engine.ts'

export type ToBfdProgram =
  | { readonly op: 'keep'; readonly spec: SessionSpec }
  | { readonly op: 'drop'; readonly id: number }

export type FromBfdProgram = EngineEvent
