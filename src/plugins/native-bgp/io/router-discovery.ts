/* Runs router discovery in the poll loop; the program there lives as long as a link is watched. */
import { seconds } from '#core/model/duration.ts'
import type { Clock } from '#core/ports.ts'
import { sharedPollLoop, type Channel, type PollLoop } from '#platform/linux/loop/poll-loop.ts'

import type { DiscoveryEvents, RouterDiscovery } from '../discovery.ts'
import type { FromDiscoveryProgram, ToDiscoveryProgram } from './discovery-messages.ts'

/** Name of the program in the loop's table. */
const PROGRAM = 'router-discovery'
/** A program that failed is started again after this time. */
const restartAfter = seconds(5)

/** The thread is started with the first link. */
export function loopRouterDiscovery(clock: Clock, loop: () => PollLoop = sharedPollLoop): RouterDiscovery {
  return new LoopRouterDiscovery(clock, loop)
}

class LoopRouterDiscovery implements RouterDiscovery {
  readonly #clock: Clock
  readonly #loop: () => PollLoop
  readonly #links = new Map<string, DiscoveryEvents>()
  #channel: Channel | undefined
  #cancelRestart: () => void = () => {}

  constructor(clock: Clock, loop: () => PollLoop) {
    this.#clock = clock
    this.#loop = loop
  }

  watch(link: string, events: DiscoveryEvents): () => void {
    this.#links.set(link, events)
    this.#tell({ op: 'watch', link })
    return () => this.#forget(link)
  }

  #forget(link: string): void {
    this.#links.delete(link)
    this.#tell({ op: 'forget', link })
    if (this.#links.size > 0) return
    this.#cancelRestart()
    void this.#channel?.close()
    this.#channel = undefined
  }

  #tell(message: ToDiscoveryProgram): void {
    this.#channel ??= this.#open()
    this.#channel.post(message)
  }

  #open(): Channel {
    const channel = this.#loop().start(PROGRAM, undefined, {
      message: (body) => this.#hear(body as FromDiscoveryProgram),
      closed: (error) => {
        if (error !== undefined && this.#channel === channel) this.#failed(error)
      },
    })
    return channel
  }

  #failed(error: string): void {
    this.#channel = undefined
    for (const events of this.#links.values()) events.unavailable(error)
    this.#cancelRestart = this.#clock.after(restartAfter, () => {
      for (const link of this.#links.keys()) this.#tell({ op: 'watch', link })
    })
  }

  #hear(message: FromDiscoveryProgram): void {
    const events = this.#links.get(message.link)
    if (message.kind === 'found') events?.found(message.router)
    else events?.unavailable(message.problem)
  }
}
