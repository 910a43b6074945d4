import { expect, it } from 'vitest'

import { carriedOut } from '#app/moves/carry-out.ts'
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

/** Each look sees the next of these, and the last one for ever; undefined: nothing can be seen. */
async function watched(looks: readonly (string | undefined)[], timeout = 20_000) {
  const said: string[] = []
  const left = [...looks]
  const serving = async (): Promise<Serving> => {
    const node = left.length > 1 ? left.shift() : left[0]
    if (node === undefined) throw new Error('the API server does not answer')
    return new Map([[address, new Set(node.split(' '))]])
  }
  const place = { serving, lookEvery: 1 }
  return { left: await carriedOut([move], { place, timeout, say: (text) => void said.push(text) }), said }
}

const done = ['  192.0.2.1: node-b serves, node-a is silent']

it('a move is done when its heir serves and the former node does not', async () => {
  expect(await watched(['node-a', 'node-a node-b', 'node-b'])).toEqual({ left: [], said: done })
})

it('a look that fails ends nothing: the nodes go on', async () => {
  expect(await watched(['node-a', undefined, undefined, 'node-b'])).toEqual({ left: [], said: done })
})

it('what is not done when time is up is left, seen or not', async () => {
  expect((await watched(['node-a'], 5)).left).toEqual([move])
  expect((await watched([undefined], 5)).left).toEqual([move])
})
