import { describe, expect, it } from 'vitest'

import { Asked } from '#app/node/asked.ts'
import type { Grant, Target, TargetStatus } from '#core/announcer.ts'
import { parseAddress, type Address } from '#core/model/address.ts'

const vip = parseAddress('203.0.113.1') as Address

function grant(counter: number): Grant {
  return { epoch: { counter, node: 'node-a' }, slot: 0 }
}

function given(under: Grant): ReadonlyMap<Address, Target> {
  return new Map([[vip, { address: vip, grant: under } as Target]])
}

function answer(generation: number, phase: TargetStatus['phase']) {
  return { generation, targets: new Map([[vip, { address: vip, phase } as TargetStatus]]) }
}

describe('an address', () => {
  it('is served under the grant it was asked for with, once the plugin answers that question', () => {
    const asked = new Asked()
    const first = grant(1)
    asked.note(given(first), 3)
    expect([...asked.served(answer(2, 'serving'))]).toEqual([])
    expect([...asked.served(answer(3, 'armed'))]).toEqual([])
    expect([...asked.served(answer(3, 'serving'))]).toEqual([[vip, first]])
  })

  it('that was served under an earlier grant is not served under the next', () => {
    const asked = new Asked()
    const second = grant(2)
    asked.note(given(grant(1)), 1)
    asked.note(given(second), 2)
    expect([...asked.served(answer(1, 'serving'))]).toEqual([])
    expect([...asked.served(answer(2, 'serving'))]).toEqual([[vip, second]])
  })

  it('that is asked for again under the same grant does not wait for the newest answer', () => {
    const asked = new Asked()
    const first = grant(1)
    asked.note(given(first), 1)
    asked.note(given(first), 2)
    expect([...asked.served(answer(1, 'serving'))]).toEqual([[vip, first]])
  })

  it('that is not asked for any more is served under no grant', () => {
    const asked = new Asked()
    asked.note(given(grant(1)), 1)
    asked.note(new Map(), 2)
    expect([...asked.served(answer(2, 'serving'))]).toEqual([])
  })
})
