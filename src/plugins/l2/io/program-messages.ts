/* What the loop driver and its program say to each other. */
import type { EngineEvent, L2Delta } from '../protocol.ts'

export interface ToProgram {
  readonly seq: number
  readonly delta: L2Delta
}

export type FromProgram =
  | { readonly kind: 'applied'; readonly seq: number }
  /** The first `interfaces` event says that the engine is ready. */
  | { readonly kind: 'event'; readonly event: EngineEvent }
