/*
 * Step by step: test/golden/moves holds one scenario a file. A line `>` says what happens: the instant in milliseconds, and
 * what is left to hand over; the line below it what comes of it. `UPDATE_GOLDEN=1` writes the latter anew.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { atRest, takeTurns, type Pace } from '#core/moves/pace.ts'

const folder = join(import.meta.dirname, '../../golden/moves')

function played(text: string): string {
  let perMinute = 1
  let pace = atRest
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('  '))
  const told = lines.flatMap((line) => {
    if (line.startsWith('budget ')) perMinute = Number(line.slice('budget '.length))
    if (!line.startsWith('> ')) return [line]
    const [at = '', ...moves] = line.slice(2).split(' ')
    const turns = takeTurns(pace, moves, { perMinute }, Number(at))
    pace = turns.pace
    return [line, `  ${textOf(turns)}`]
  })
  return `${told.join('\n')}\n`
}

function textOf({ pace, untaken, next }: ReturnType<typeof takeTurns>): string {
  const parts = [
    `on offer: ${[...pace.offered.keys()].join(' ') || 'nothing'}`,
    ...(pace.resting.size > 0 ? [`resting: ${[...pace.resting.keys()].join(' ')}`] : []),
    ...(untaken.length > 0 ? [`nobody came for: ${untaken.join(' ')}`] : []),
    next === undefined ? 'then never' : `look again at ${next}`,
  ]
  return parts.join('; ')
}

describe('turns', () => {
  it.each(readdirSync(folder))('%s', (name) => {
    const file = join(folder, name)
    const text = readFileSync(file, 'utf8')
    const now = played(text)
    if (process.env['UPDATE_GOLDEN'] !== undefined) writeFileSync(file, now)
    else expect(now).toBe(text)
  })

  it('come to all in the end, in their order, never more in a minute than the budget', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 0, max: 30 }),
        fc.nat(2000),
        (perMinute, count, takes) => {
          const all = Array.from({ length: count }, (_, index) => `m${index}`)
          const order: string[] = []
          let left = all
          let pace: Pace = atRest
          for (let now = 0; left.length > 0;) {
            const turns = takeTurns(pace, left, { perMinute }, now)
            order.push(...[...turns.pace.offered.keys()].filter((move) => !order.includes(move)))
            pace = turns.pace
            const [first] = turns.pace.offered
            if (first === undefined) {
              now = turns.next ?? Infinity
              continue
            }
            now += takes
            left = left.filter((move) => move !== first[0])
            expect(pace.begun.length).toBeLessThanOrEqual(perMinute)
          }
          expect(order).toEqual(all)
        },
      ),
    )
  })
})
