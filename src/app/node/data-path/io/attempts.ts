/* Connections from this node to its own Services, as its kube-proxy, or whatever does its work, carries them. */
import { connect } from 'node:net'

import { messageOf } from '#core/errors.ts'
import type { Attempt } from '#core/data-path/gate.ts'
import type { Address } from '#core/model/address.ts'
import { milliseconds, type Duration } from '#core/model/duration.ts'

import { watchLeaks, type Leaks } from './leaks.ts'

/** Within a node a connection takes a millisecond, to a pod on another one a few. */
export const attemptTimeout: Duration = milliseconds(500)

export interface Goal {
  readonly address: Address
  readonly port: number
}

/** Tries all of them at once; each is told of as soon as it is known, and the promise settles with the last one. */
export type TryAll = (goals: readonly Goal[], tell: (goal: Goal, attempt: Attempt) => void) => Promise<void>

/** `watch`: what sees connections leave the node. */
export function tryThroughProxy(timeout: Duration, watch = watchLeaks): TryAll {
  return async (goals, tell) => {
    let leaks: Leaks
    try {
      leaks = watch(goals.map(({ address }) => address))
    } catch (error) {
      const cause = `this process cannot see what leaves the node: ${messageOf(error)}`
      for (const goal of goals) tell(goal, { ok: false, cause })
      return
    }
    try {
      await Promise.all(goals.map(async (goal) => tell(goal, await attemptOne(goal, leaks, timeout))))
    } finally {
      leaks.close()
    }
  }
}

/** The connection is reset at once, so that neither the node nor the proxy remembers it for minutes. */
function attemptOne({ address, port }: Goal, leaks: Leaks, timeout: Duration): Promise<Attempt> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port })
    const end = (attempt: Attempt): void => {
      clearTimeout(timer)
      resolve(attempt)
    }
    // An answer may lie there unread, for timers come first after this thread was busy.
    const timer = setTimeout(() => setImmediate(giveUp), timeout)
    const giveUp = (): void => {
      socket.destroy()
      end({ ok: false, cause: `no answer within ${timeout} ms` })
    }
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.destroy()
      end({ ok: false, cause: error.code ?? error.message })
    })
    socket.once('connect', () => {
      const left = leaks.has(address, port)
      socket.resetAndDestroy()
      end(
        left
          ? {
              ok: false,
              cause: 'no proxy took the connection, it left the node',
            }
          : { ok: true },
      )
    })
  })
}
