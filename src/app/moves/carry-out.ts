/*
 * Watches what was planned come true: a move is acknowledged when an heir serves it and the former node does not, a
 * withdrawal when the node has told its peers.
 */
import { setTimeout as sleep } from 'node:timers/promises'

import { messageOf } from '#core/errors.ts'
import type { Address } from '#core/model/address.ts'
import type { PlannedMove } from '#core/moves/contests.ts'
import type { Withdrawal } from '#core/moves/drain.ts'
import { counted } from '#core/moves/text.ts'

import type { MovePlace, Serving } from './place.ts'

export interface Work {
  readonly moves: readonly PlannedMove[]
  readonly withdrawals?: readonly Withdrawal[]
}

export interface Watch {
  readonly place: Pick<MovePlace, 'serving' | 'routes' | 'lookEvery'>
  /** Milliseconds. */
  readonly timeout: number
  readonly say: (text: string) => void
  /** The heir has to be the one that is planned; otherwise any will do. */
  readonly exact?: boolean
}

interface Look {
  readonly serving: Serving
  readonly routes: Serving
}

interface Step {
  readonly address: Address
  isDone(look: Look): boolean
  doneText(look: Look): string
}

/**
 * Says each when it is done; returns those that are not when time is up. The nodes go on with what was asked for whether
 * or not it can be seen: a look that fails is followed by the next one.
 */
export async function carriedOut(
  { moves, withdrawals = [] }: Work,
  { place, timeout, say, exact = false }: Watch,
): Promise<readonly Address[]> {
  const until = Date.now() + timeout
  let left = [...moves.map((move) => moveStep(move, exact)), ...withdrawals.map(withdrawalStep)]
  let toldAt = Date.now()
  for (;;) {
    const before = left
    let news = `still to come: ${counted(left.length, 'address', 'es')}, ${left[0]?.address} next`
    try {
      const routes = withdrawals.length > 0 ? await place.routes() : new Map()
      const look: Look = { serving: await place.serving(), routes }
      left = left.filter((step) => !step.isDone(look))
      for (const step of before.filter((step) => !left.includes(step))) say(step.doneText(look))
    } catch (cause) {
      news = `cannot be seen now: ${messageOf(cause)}`
    }
    if (left.length === 0 || Date.now() >= until) break
    if (left.length < before.length) toldAt = Date.now()
    else if (Date.now() - toldAt >= tellEvery) {
      say(`  ${news}`)
      toldAt = Date.now()
    }
    await sleep(place.lookEvery)
  }
  return left.map(({ address }) => address)
}

const tellEvery = 5000

function moveStep({ address, addresses, from, to }: PlannedMove, exact: boolean): Step {
  return {
    address,
    isDone: ({ serving }) =>
      addresses.every((one) => {
        const nodes = serving.get(one)
        return nodes !== undefined && !nodes.has(from) && (exact ? nodes.has(to) : nodes.size > 0)
      }),
    doneText: ({ serving }) => {
      const nodes = new Set(addresses.flatMap((one) => [...(serving.get(one) ?? [])]))
      return `  ${addresses.join(', ')}: ${[...nodes].join(', ')} serves, ${from} is silent`
    },
  }
}

function withdrawalStep({ address, from, announcer }: Withdrawal): Step {
  return {
    address,
    isDone: ({ routes }) => routes.get(address)?.has(from) !== true,
    doneText: () => `  ${address}: withdrawn by ${from} (${announcer})`,
  }
}
