import { describe, expect, it } from 'vitest'

import {
  initialTenure,
  transition,
  type Sighting,
  type Tenure,
  type TenureEvent,
  type TenureRules,
} from '#app/standalone/term/tenure.ts'

const self = { node: 'node-a', boot: 'a1' }
const other = { node: 'node-b', boot: 'b1' }
const rules: TenureRules = { self, mayAllocate: true, patience: 3 }

const term = (n: number, mark = 'm1', more: Partial<Sighting> = {}): Sighting => ({
  term: n,
  mark,
  state: 'open',
  holder: other,
  ...more,
})
const looked = (poll: boolean, seen?: Sighting): TenureEvent => ({
  type: 'looked',
  poll,
  ...(seen === undefined ? {} : { seen }),
})
const poll = (seen?: Sighting): TenureEvent => looked(true, seen)
const notice = (seen?: Sighting): TenureEvent => looked(false, seen)
const holding: Tenure = { role: 'holding', term: 4 }

/** Feeds events from `from`; the last step's tenure and effects. */
function after(from: Tenure, events: readonly TenureEvent[], by: TenureRules = rules) {
  let step = transition(from, events[0]!, by)
  for (const event of events.slice(1)) step = transition(step.tenure, event, by)
  return step
}

describe('following', () => {
  it('claims the first term of a folder that has none', () => {
    expect(after(initialTenure, [poll()])).toEqual({
      tenure: { role: 'claiming', term: 1 },
      effects: [{ type: 'claim', term: 1 }],
    })
  })

  it('follows a holder that renews for ever', () => {
    const renewed = Array.from({ length: 50 }, (_, n) => poll(term(4, `m${n}`)))
    expect(after(initialTenure, renewed).tenure).toMatchObject({ role: 'following', highest: 4, stillFor: 0 })
  })

  it('claims the next term after its patience with a holder that does not', () => {
    const still = [poll(term(4)), poll(term(4)), poll(term(4))]
    expect(after(initialTenure, still).tenure.role).toBe('following')
    expect(after(initialTenure, [...still, poll(term(4))]).effects).toEqual([{ type: 'claim', term: 5 }])
  })

  it('does not count looks outside its own rhythm as patience', () => {
    const noticed: TenureEvent[] = Array.from({ length: 20 }, () => notice(term(4)))
    expect(after(initialTenure, [poll(term(4)), ...noticed]).tenure).toMatchObject({ stillFor: 0 })
  })

  it('claims a released term at once', () => {
    const events = [poll(term(4)), notice(term(4, 'm2', { state: 'released' }))]
    expect(after(initialTenure, events).effects).toEqual([{ type: 'claim', term: 5 }])
  })

  it('claims at once when the node of the holder is lost', () => {
    const events: TenureEvent[] = [
      poll(term(4)),
      { type: 'looked', poll: false, seen: term(4), holderLost: true },
    ]
    expect(after(initialTenure, events).effects).toEqual([{ type: 'claim', term: 5 }])
  })

  it('leaves the term to one whose heartbeats were silent when it began, while that one renews', () => {
    const lost = (seen: Sighting, poll = true): TenureEvent =>
      ({ ...looked(poll, seen), holderLost: true }) as never
    const renewed = Array.from({ length: 20 }, (_, n) => lost(term(5, `m${n}`)))
    for (const before of [holding, after(initialTenure, [poll(term(4))]).tenure]) {
      expect(after(before, [lost(term(5), false), ...renewed])).toMatchObject({
        tenure: { role: 'following', highest: 5 },
        effects: [],
      })
      const still = Array.from({ length: 3 }, () => lost(term(5, 'm19')))
      expect(after(before, [lost(term(5), false), ...renewed, ...still]).effects).toEqual([
        { type: 'claim', term: 6 },
      ])
      const heardAgain = [lost(term(5)), poll(term(5)), lost(term(5))]
      expect(after(before, heardAgain).effects).toEqual([{ type: 'claim', term: 6 }])
    }
  })

  it('claims at once after a restart of its own node', () => {
    const mine = term(4, 'm1', { holder: { node: 'node-a', boot: 'a0' } })
    expect(after(initialTenure, [poll(mine)]).effects).toEqual([{ type: 'claim', term: 5 }])
  })

  it('does not take turns with a second process under its own name', () => {
    const twin = term(5, 'm1', { holder: { node: 'node-a', boot: 'a2' } })
    expect(after({ role: 'holding', term: 4 }, [poll(twin), poll({ ...twin, mark: 'm2' })])).toMatchObject({
      tenure: { role: 'following', highest: 5 },
      effects: [],
    })
  })

  it('claims beyond what it has seen when every term file is gone', () => {
    const gone = [poll(term(4)), poll(), poll(), poll()]
    expect(after(initialTenure, gone).effects).toEqual([{ type: 'claim', term: 5 }])
  })

  it('never overrules a newer program, however still it is', () => {
    const newer = poll(term(4, 'm1', { state: 'foreign' }))
    expect(after(initialTenure, Array(20).fill(newer)).tenure.role).toBe('following')
  })

  it('never claims when it may only follow', () => {
    const still = Array.from({ length: 20 }, () => poll(term(4)))
    expect(after(initialTenure, still, { ...rules, mayAllocate: false }).tenure.role).toBe('following')
    expect(after(initialTenure, [poll()], { ...rules, mayAllocate: false }).tenure.role).toBe('following')
  })
})

describe('claiming', () => {
  const claiming: Tenure = { role: 'claiming', term: 5 }

  it('ends in holding or in following', () => {
    expect(after(claiming, [{ type: 'claimed', term: 5 }]).tenure).toEqual({ role: 'holding', term: 5 })
    expect(after(claiming, [{ type: 'refused' }]).tenure).toMatchObject({ role: 'following', highest: 4 })
  })

  it('is not disturbed by what it sees meanwhile', () => {
    expect(after(claiming, [poll(term(4))]).tenure).toEqual(claiming)
  })
})

describe('holding', () => {
  it('renews at its own rhythm only', () => {
    expect(after(holding, [poll(term(4))]).effects).toEqual([{ type: 'renew', term: 4 }])
    expect(after(holding, [notice(term(4))]).effects).toEqual([])
  })

  it('becomes a follower as soon as a higher term exists', () => {
    expect(after(holding, [poll(term(5))])).toMatchObject({
      tenure: { role: 'following', highest: 5 },
      effects: [],
    })
  })

  it('writes its file again when it is gone or an older folder came back', () => {
    expect(after(holding, [poll()]).effects).toEqual([{ type: 'restore', term: 4 }])
    expect(after(holding, [poll(term(2))]).effects).toEqual([{ type: 'restore', term: 4 }])
  })

  it('releases when it leaves, and stays away', () => {
    const left = after(holding, [{ type: 'leave' }])
    expect(left).toEqual({ tenure: { role: 'left' }, effects: [{ type: 'release', term: 4 }] })
    expect(after(left.tenure, [poll(), poll(term(9))]).tenure).toEqual({ role: 'left' })
  })

  it('has nothing to release when it only followed', () => {
    expect(after(initialTenure, [poll(term(4)), { type: 'leave' }]).effects).toEqual([])
  })
})
