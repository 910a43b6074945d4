import { describe, expect, it } from 'vitest'

import { checkHeartbeats } from '#app/doctor/members.ts'

const endpoint = { node: 'node-a', host: '192.0.2.1', port: 7472 }

async function verdict(text: string | undefined): Promise<string> {
  const [finding] = await checkHeartbeats([endpoint], 7473, () => Promise.resolve(text))
  return `${finding?.verdict} ${finding?.check}: ${finding?.message}`
}

const members = (alive: number, dead: number): string =>
  `# TYPE herald_members gauge\nherald_members{state="alive"} ${alive}\nherald_members{state="dead"} ${dead}\n`

describe('whether nodes hear each other', () => {
  it.each([
    [members(3, 0), 'ok heartbeats at node-a: hears every node of 3'],
    [members(1, 0), 'ok heartbeats at node-a: no other node'],
    [members(2, 1), 'warning heartbeats at node-a: does not hear 1 of 3 nodes'],
    [
      members(1, 2),
      'fault heartbeats at node-a: hears none of the 2 others: all would answer for the same addresses',
    ],
    ['up 1\n', 'unknown heartbeats at node-a: found metrics of something else than a speaker'],
    [undefined, 'unknown heartbeats at node-a: found no metrics at 192.0.2.1:7472'],
  ])('%j', async (text, expected) => {
    expect(await verdict(text)).toBe(expected)
  })
})
