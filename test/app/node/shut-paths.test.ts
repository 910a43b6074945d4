import { describe, expect, it } from 'vitest'

import type { NodeClaim } from '#app/membership/liveness.ts'
import { ShutPaths } from '#app/node/shut-paths.ts'
import type { ClaimState } from '#core/membership/message.ts'
import type { Address } from '#core/model/address.ts'

const vip = '192.0.2.1' as Address

function claim(node: string, counter: number, state: ClaimState): NodeClaim {
  return { node, address: vip, counter, state }
}

class Talk {
  told = true
  asked = 0
  private said: readonly NodeClaim[] = []
  private listener: (addresses: Iterable<Address>) => void = () => {}

  pathsAreTold(): boolean {
    return this.told
  }

  wordsOn(): readonly NodeClaim[] {
    this.asked++
    return this.said
  }

  onWords(listener: Talk['listener']): () => void {
    this.listener = listener
    return () => {}
  }

  say(...claims: NodeClaim[]): void {
    this.said = claims
    this.listener([vip])
  }
}

describe('which data paths are shut', () => {
  it('is told by claims, with an answer and without', () => {
    const talk = new Talk()
    const paths = new ShutPaths(talk)
    talk.say(
      claim('d', 7, 'held'),
      claim('c', 2, 'shut'),
      claim('b', 0, 'shut'),
      claim('e', 1, 'shut'),
      claim('a', 9, 'failing'),
    )
    expect(paths.current().map(({ node, state }) => [node, state])).toEqual([
      ['a', 'shut'],
      ['b', 'never-open'],
      ['c', 'untried'],
      ['e', 'shut'],
    ])
    const before = paths.current()
    talk.say(claim('e', 1, 'shut'), claim('a', 9, 'failing'), claim('b', 0, 'shut'), claim('c', 2, 'shut'))
    expect(paths.current()).toBe(before)
    talk.say()
    expect(paths.current()).toEqual([])
  })

  it('is asked of nobody before anybody has ever said something of a data path', () => {
    const talk = new Talk()
    talk.told = false
    const paths = new ShutPaths(talk)
    talk.say(claim('a', 1, 'held'))
    expect(paths.current()).toEqual([])
    expect(talk.asked).toBe(0)
  })
})
