import { describe, expect, it } from 'vitest'

import { TidyMemory, type When } from '#app/node/tidy-memory.ts'

/** `worth`: at which times there is something to collect. */
function tidying(worth: (when: When) => boolean) {
  const done: string[] = []
  const tidy = new TidyMemory({
    collect: (when) => worth(when) && done.push(when) > 0,
    collectElsewhere: () => done.push('elsewhere'),
    forgetPages: () => done.push('pages'),
  })
  const looks = (count: number, works = false): string[] => {
    done.length = 0
    for (let i = 0; i < count; i++) tidy.look(works)
    return [...done]
  }
  return { looks }
}

/** A burst that leaves something to collect once it is over, and a little more at the end. */
function oneBurst() {
  let [much, little] = [false, false]
  const worth = (when: When): boolean => {
    const found = when === 'rest' ? much : when === 'end' && little
    if (when === 'rest') much = false
    if (when === 'end') little = false
    return found
  }
  const { looks } = tidying(worth)
  const burst = (): void => {
    looks(3, true)
    much = little = true
  }
  return { looks, burst }
}

describe('memory of a process', () => {
  it('is collected when a burst is over, in the other thread too', () => {
    const { looks, burst } = oneBurst()
    burst()
    expect(looks(1)).toEqual(['rest', 'elsewhere'])
  })

  it('is collected once more when it has been calm for ten seconds, and then the pages are forgotten', () => {
    const { looks, burst } = oneBurst()
    burst()
    looks(1)
    expect(looks(4)).toEqual([])
    expect(looks(2)).toEqual(['end', 'elsewhere', 'pages'])
    expect(looks(1000)).toEqual([])
  })

  it('is looked for in the other thread when it has been calm, though there is none in this one', () => {
    let much = true
    const { looks } = tidying((when) => when === 'rest' && much && !(much = false))
    looks(3, true)
    expect(looks(1)).toEqual(['rest', 'elsewhere'])
    expect(looks(6)).toEqual(['elsewhere', 'pages'])
  })

  it('is not collected for the last time while there is work', () => {
    const { looks, burst } = oneBurst()
    burst()
    looks(4)
    expect(looks(1, true)).toEqual([])
    expect(looks(5)).toEqual(['elsewhere', 'end', 'elsewhere'])
  })

  it('is collected for the last time at most every five minutes, however many bursts there are', () => {
    const { looks, burst } = oneBurst()
    burst()
    expect(looks(7)).toContain('end')
    for (let i = 0; i < 10; i++) {
      burst()
      // The other thread decides by itself.
      expect(looks(7)).toEqual(['rest', 'elsewhere', 'elsewhere', 'pages'])
    }
    looks(150)
    burst()
    expect(looks(7)).toContain('end')
  })

  it('of one that had nothing to do is left alone', () => {
    expect(tidying(() => false).looks(1000)).toEqual([])
  })
})
