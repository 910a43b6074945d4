/* Drives an engine that runs in the poll loop. */
import type { Channel, PollLoop } from '#platform/linux/loop/poll-loop.ts'
import { EngineLost } from '../errors.ts'
import type { LinkFacts } from '../interfaces.ts'
import type { Driver, DriverEvents, EngineInit, L2Delta } from '../protocol.ts'
import type { FromProgram, ProgramInit, ToProgram } from './program-messages.ts'

/** Name of the program in the loop's table. */
const PROGRAM = 'l2'

export interface LoopDriverEvents extends DriverEvents {
  /** All links of the node, whenever one changes. */
  links?(links: readonly LinkFacts[]): void
}

/** Rejects with an EngineLost if the program cannot run. */
export async function startLoopDriver(
  loop: PollLoop,
  init: EngineInit,
  events: LoopDriverEvents,
): Promise<Driver> {
  const calls = new Calls()
  const ready = calls.next()
  const programInit: ProgramInit = { ...init, tellLinks: events.links !== undefined }
  const channel = loop.start(PROGRAM, programInit, {
    message: (body) => {
      const message = body as FromProgram
      if (message.kind === 'applied') return calls.settle(message.seq)
      if (message.kind === 'links') return events.links?.(message.links)
      // The engine speaks of interfaces as soon as it knows them.
      if (message.event.kind === 'interfaces') calls.settle(ready.seq)
      events.engine(message.event)
    },
    closed: (error) => {
      const lost = calls.failAll(new EngineLost(error ?? 'stopped'))
      if (error !== undefined && !lost.has(ready.seq)) events.lost(error)
    },
  })
  await ready.result
  return new LoopDriver(channel, calls)
}

class LoopDriver implements Driver {
  readonly #channel: Channel
  readonly #calls: Calls

  constructor(channel: Channel, calls: Calls) {
    this.#channel = channel
    this.#calls = calls
  }

  apply(delta: L2Delta): Promise<void> {
    const { seq, result } = this.#calls.next()
    const message: ToProgram = { seq, delta }
    this.#channel.post(message)
    return result
  }

  close(): Promise<void> {
    return this.#channel.close()
  }
}

interface Waiting {
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** Questions under way, by sequence number. */
class Calls {
  readonly #waiting = new Map<number, Waiting>()
  #seq = 0
  #over: Error | undefined

  next(): { readonly seq: number; readonly result: Promise<void> } {
    const seq = this.#seq++
    const result = new Promise<void>((resolve, reject) => {
      if (this.#over === undefined) this.#waiting.set(seq, { resolve, reject })
      else reject(this.#over)
    })
    return { seq, result }
  }

  settle(seq: number): void {
    this.#waiting.get(seq)?.resolve()
    this.#waiting.delete(seq)
  }

  /** Now and for ever; says which were waiting. */
  failAll(error: Error): ReadonlySet<number> {
    this.#over = error
    const seqs = new Set(this.#waiting.keys())
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
    return seqs
  }
}
