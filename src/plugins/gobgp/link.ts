/* Drives the state machine of the connection to gobgpd, and listens to what gobgpd says about its neighbours. */
import { messageOf } from '#core/errors.ts'
import type { Clock } from '#core/ports.ts'

import type { Connect, GoBgpClient, NeighborState } from './client.ts'
import { closedLink, transition, type LinkEffect, type LinkEvent, type LinkState } from './fsm/link.ts'

export interface LinkListener {
  cameUp(client: GoBgpClient): void
  wentDown(problem: string): void
  neighborSeen(state: NeighborState): void
}

export class Link {
  readonly #connect: Connect
  readonly #clock: Clock
  readonly #listener: LinkListener
  #state: LinkState = closedLink
  #client: GoBgpClient | undefined
  #attempt = new AbortController()
  #cancelWait: () => void = () => {}

  constructor(connect: Connect, clock: Clock, listener: LinkListener) {
    this.#connect = connect
    this.#clock = clock
    this.#listener = listener
  }

  /** Undefined while gobgpd is out of reach. */
  get client(): GoBgpClient | undefined {
    return this.#state.kind === 'up' ? this.#client : undefined
  }

  get problem(): string {
    return this.#state.kind === 'waiting' ? this.#state.problem : 'not connected yet'
  }

  /** Settles when the first attempt has succeeded or failed. */
  open(): Promise<void> {
    return this.#dispatch({ kind: 'open' })
  }

  /** `client` gave no answer: connect anew, unless that happened already. */
  fail(client: GoBgpClient, problem: string): void {
    if (client === this.#client) void this.#dispatch({ kind: 'failed', problem })
  }

  close(): void {
    void this.#dispatch({ kind: 'close' })
  }

  async #dispatch(event: LinkEvent): Promise<void> {
    const { state, effects } = transition(this.#state, event)
    this.#state = state
    await Promise.all(effects.flatMap((effect) => this.#perform(effect) ?? []))
  }

  #perform(effect: LinkEffect): Promise<void> | undefined {
    switch (effect.kind) {
      case 'connect':
        return this.#try()
      case 'disconnect':
        this.#attempt.abort()
        this.#client?.close()
        this.#client = undefined
        return undefined
      case 'wait':
        this.#cancelWait = this.#clock.after(effect.delay, () => void this.#dispatch({ kind: 'waited' }))
        return undefined
      case 'stopWaiting':
        this.#cancelWait()
        return undefined
      case 'cameUp':
        if (this.#client !== undefined) this.#listener.cameUp(this.#client)
        return undefined
      case 'wentDown':
        this.#listener.wentDown(effect.problem)
        return undefined
    }
  }

  async #try(): Promise<void> {
    const attempt = new AbortController()
    this.#attempt = attempt
    const failed = async (error: unknown): Promise<void> => {
      if (!attempt.signal.aborted) await this.#dispatch({ kind: 'failed', problem: messageOf(error) })
    }
    try {
      const client = await this.#connect(attempt.signal)
      if (attempt.signal.aborted) return client.close()
      this.#client = client
      client.watch((state) => this.#listener.neighborSeen(state), attempt.signal).catch(failed)
      await this.#dispatch({ kind: 'connected' })
    } catch (error) {
      await failed(error)
    }
  }
}
