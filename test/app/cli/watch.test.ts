import { expect, it } from 'vitest'

import { watch } from '#app/cli/watch.ts'

/** What is printed while `read` gives these, one after the other. */
async function printed(texts: readonly (string | undefined)[], isTTY = false): Promise<string[]> {
  const out: string[] = []
  const stop = new AbortController()
  const left = [...texts]
  const read = async (): Promise<string | undefined> => {
    const text = left.shift()
    if (left.length === 0) stop.abort()
    return text
  }
  await watch(read, { isTTY, out: (text) => void out.push(text) }, { every: 1, signal: stop.signal })
  return out
}

it('prints what changed, once', async () => {
  expect(await printed(['a', 'a', 'b', 'a'])).toEqual(['a', 'b', 'a'])
})

it('prints nothing while there is nothing, and the same again when it is back', async () => {
  expect(await printed(['a', undefined, undefined, 'a'])).toEqual(['a', 'a'])
})

it('clears the screen of a person, and nothing of a program', async () => {
  expect(await printed(['a'], true)).toEqual(['\u001b[2J\u001b[Ha'])
})
