import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { begun, load, refusal, save, type Kept } from './kept.ts'
import { progressText, reportOf } from './report.ts'

const code = { commit: 'abc1234', digest: '0123456789ab' }

function someRun(): Kept {
  const kept = begun(code, 1001)
  kept.next = 3001
  Object.assign(kept.tally, { seeds: 2000, ms: 4000, cpuMs: 6000, virtualMs: 7_260_000, steps: 1_500_000 })
  Object.assign(kept.tally, { datagrams: 900_000, lost: 1234, faults: { crash: 20, pause: 1300 } })
  Object.assign(kept.tally, {
    nodes: { 3: 1500, 2: 499, 24: 1 },
    violations: [{ seed: 1500, rule: 'stolen' }],
  })
  return kept
}

describe('the report of a run', () => {
  it('is a table of what was run, of the faults from the most frequent one, and of what did not hold', () => {
    expect(reportOf(someRun()).split('\n')).toEqual([
      '| what | how much |',
      '|---|---|',
      '| code | abc1234 (bundle 0123456789ab) |',
      '| seeds | 2,000: 1,001 to 3,000 |',
      '| duration | 4 s; 6 s of the processors, 3.0 ms a seed |',
      '| virtual time | 2 h 1 min |',
      '| events | 1,500,000 |',
      '| datagrams | 900,000, 1,234 of them lost |',
      '| faults | pause: 1,300, crash: 20 |',
      '| nodes | 2: 499, 3: 1,500, 24: 1 |',
      '| violations | 1500 (stolen) |',
    ])
  })

  it('says so where nothing was run yet', () => {
    expect(reportOf(begun(code, 1))).toMatch(/seeds \| none \|[^]*violations \| none \|$/)
  })
})

describe('the progress of a run', () => {
  it('counts former runs among what is done, and only this one for the rate', () => {
    const progress = { done: 250_000, all: 1_000_000, ran: 50_000, ms: 100_000, violations: 1 }
    expect(progressText(progress)).toBe(
      '250,000 of 1,000,000 seeds, 500 a second, 25 min 0 s left, 1 violation',
    )
  })

  it('guesses nothing before the first seeds are done', () => {
    expect(progressText({ done: 0, all: 10, ran: 0, ms: 5, violations: 0 })).toBe(
      '0 of 10 seeds, 0 a second, 0 violations',
    )
  })
})

describe('the state file of a run', () => {
  let dir: string
  let file: string

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'simulation-'))
    file = join(dir, 'state.json')
  })

  afterEach(() => rmSync(dir, { recursive: true }))

  it('holds all that a run goes on with', () => {
    save(file, someRun())
    expect(load(file)).toEqual(someRun())
  })

  it('may be missing', () => {
    expect(load(file)).toBeUndefined()
  })

  it.each(['', 'no state', '{"code":"0c9681e","next":5,"tally":{"seeds":4}}'])(
    'is refused when it is %j',
    (text) => {
      writeFileSync(file, text)
      expect(() => load(file)).toThrow(
        `--state: ${file} holds ${text === '' ? 'nothing' : text.slice(0, 40)}`,
      )
    },
  )

  it('goes on with the same code under another commit, from where it began or where it stopped', () => {
    const same = { ...code, commit: 'def5678' }
    for (const from of [undefined, 1001, 3001])
      expect(refusal(file, someRun(), { code: same, from })).toBeUndefined()
  })

  it('is refused by other code, naming both', () => {
    const other = { commit: 'abc1234-dirty', digest: 'ba9876543210' }
    expect(refusal(file, someRun(), { code: other, from: undefined })).toBe(
      `--state: ${file} holds 2000 seeds that abc1234 (bundle 0123456789ab) ran, allowed: the same code (this is abc1234-dirty (bundle ba9876543210)), or another file`,
    )
  })

  it('is refused for seeds that would leave a gap or be counted twice', () => {
    expect(refusal(file, someRun(), { code, from: 2000 })).toBe(
      `--from: found 2000, allowed: 1001, where ${file} begins, or 3001, where it goes on; or another file`,
    )
  })
})
