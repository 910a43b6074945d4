/* What the main thread and the poll-loop thread say to each other; `id` names one started program. */

import { isMainThread, workerData } from 'node:worker_threads'

import type { Duration } from '#core/model/duration.ts'

/** `workerData` of the poll-loop worker. */
export interface LoopWorkerData {
  readonly herald: 'poll-loop'
  /** An eventfd: written to after each message to the loop, which may be waiting in poll. */
  readonly wakeFd: number
  /** One Int32 cell; non-zero ends the loop. */
  readonly stop: SharedArrayBuffer
}

/** True in a worker that was started to be the poll loop. */
export function isPollLoopWorker(): boolean {
  return !isMainThread && (workerData as Partial<LoopWorkerData> | null)?.herald === 'poll-loop'
}

export type ToLoop =
  | { readonly kind: 'start'; readonly id: number; readonly program: string; readonly init: unknown }
  | { readonly kind: 'message'; readonly id: number; readonly body: unknown }
  | { readonly kind: 'stop'; readonly id: number }
  /** Memory that is not needed, if that takes no longer. */
  | { readonly kind: 'give-back'; readonly within: Duration }

export type FromLoop =
  | { readonly kind: 'message'; readonly id: number; readonly body: unknown }
  | { readonly kind: 'closed'; readonly id: number; readonly error?: string }
