import { expect, it } from 'vitest'

import { carriedOut, type Work } from '#app/moves/carry-out.ts'
import type { Serving } from '#app/moves/place.ts'
import type { Address } from '#core/model/address.ts'

const address = '192.0.2.1' as Address
const move = {
  announcer: 'l2',
  address,
  addresses: [address],
  services: ['default/web'],
  from: 'node-a',
  to: 'node-b',
}

interface Watching {
  readonly timeout?: number
  readonly exact?: boolean
  readonly work?: Work
}

/** Each look sees the next of these, and the last one for ever; undefined: nothing can be seen. */
async function watched(
  looks: readonly (string | undefined)[],
  { timeout = 20_000, exact = false, work = { moves: [move] } }: Watching = {},
) {
  const said: string[] = []
  const left = [...looks]
  const serving = async (): Promise<Serving> => {
    const node = left.length > 1 ? left.shift() : left[0]
    if (node === undefined) throw new Error('the API server does not answer')
    return new Map([[address, new Set(node.split(' '))]])
  }
  const place = { serving, routes: serving, lookEvery: 1 }
  return {
    left: await carriedOut(work, { place, timeout, exact, say: (text) => void said.push(text) }),
    said,
  }
}

const done = ['  192.0.2.1: node-b serves, node-a is silent']

it('a move is done when its heir serves and the former node does not', async () => {
  expect(await watched(['node-a', 'node-a node-b', 'node-b'])).toEqual({ left: [], said: done })
})

it('a look that fails ends nothing: the nodes go on', async () => {
  expect(await watched(['node-a', undefined, undefined, 'node-b'])).toEqual({ left: [], said: done })
})

it('what is not done when time is up is left, seen or not', async () => {
  expect((await watched(['node-a'], { timeout: 5 })).left).toEqual([address])
  expect((await watched([undefined], { timeout: 5 })).left).toEqual([address])
})

it('a move to a node that was named is done when that node serves, and no other will do', async () => {
  expect(await watched(['node-a', 'node-c', 'node-b'], { exact: true })).toEqual({ left: [], said: done })
  expect((await watched(['node-c'], { exact: true, timeout: 5 })).left).toEqual([address])
})

it('a route is withdrawn when the node has told its peers, whoever else announces it', async () => {
  const { to: _, ...what } = { ...move, announcer: 'native-bgp' }
  const work = { moves: [], withdrawals: [{ ...what, remaining: ['node-b'] }] }
  expect(await watched(['node-a node-b', 'node-b'], { work })).toEqual({
    left: [],
    said: ['  192.0.2.1: withdrawn by node-a (native-bgp)'],
  })
  expect((await watched(['node-a'], { work, timeout: 5 })).left).toEqual([address])
})
