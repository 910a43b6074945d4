/*
 * A program runs in the poll-loop thread: it answers frames, sends heartbeats or runs BFD sessions there, where
 * neither the main thread's work nor its garbage collection can delay it. All programs of the process share one
 * thread, so a handler does a bounded amount of work and returns.
 *
 *   main thread                         poll-loop thread
 *   PollLoop.start(name, init) ───────► LoopProgram.start(context)
 *   channel.post(message)      ───────► context.onMessage handler
 *   handlers.message(message)  ◄─────── context.post(message)
 *   channel.close()            ───────► context.onStop handlers, in reverse order
 */
import type { Clock } from '#core/ports.ts'

export interface LoopProgram {
  /** A throw here, or later in any handler, ends this program alone and closes its channel with the error. */
  start(context: LoopContext): void
}

export interface LoopContext {
  /** What the main thread passed to `PollLoop.start`, structured-cloned. */
  readonly init: unknown
  readonly clock: Clock
  /** Calls `handler` whenever `fd` is readable or in error, until the returned function is called. */
  watch(fd: number, handler: () => void): () => void
  /** To the main thread; structured-cloned. */
  post(message: unknown): void
  onMessage(handler: (message: unknown) => void): void
  /** Runs when the program ends, whether asked to or by a failure: close descriptors here. */
  onStop(handler: () => void): void
}

/** Programs by name; each is imported when first started. */
export type LoopPrograms = Readonly<Record<string, () => Promise<{ readonly default: LoopProgram }>>>
