import { describe, expect, it } from 'vitest'

import { announcerConformance, checkConformance } from '#testkit/index.ts'
import { properties } from '#testkit/properties.ts'

import { faults, memorySubject } from './broken.ts'

await announcerConformance({ describe, it }, 'the memory plugin', async () => memorySubject())

describe('the conformance kit on deliberately broken announcers', () => {
  for (const fault of faults) {
    it(`finds the one that ${fault.name}, and blames nothing else`, async () => {
      const results = await checkConformance(async () => memorySubject(fault))
      const failed = results.filter(({ outcome }) => outcome === 'fails').map(({ sentence }) => sentence)
      expect(failed.sort()).toEqual([...fault.finds].sort())
    })
  }

  it('has a broken announcer for every property it proves', () => {
    const found = new Set(faults.flatMap(({ finds }) => finds))
    expect(properties.map(({ sentence }) => sentence).filter((sentence) => !found.has(sentence))).toEqual([])
  })

  it('ends in time with an announcer that never answers, and says so of what was not proven', async () => {
    const mute = async () => {
      const subject = memorySubject()
      const never = (): Promise<never> => new Promise(() => {})
      return {
        ...subject,
        plugin: { ...subject.plugin, create: () => ({ open: never, reconcile: never, close: never }) },
      }
    }
    const results = await checkConformance(mute, { within: 200 })
    const [first] = results.filter(({ outcome }) => outcome === 'fails')
    expect(String(first?.error)).toContain('not proven when the 0.2 s for all properties were over')
    expect(results).toHaveLength(properties.length)
  })

  it('says of undeclared abilities that they were not declared, never that they hold', async () => {
    const results = await checkConformance(async () => memorySubject())
    expect(results.find(({ sentence }) => sentence.startsWith('goes on with the others'))?.outcome).toBe(
      'not declared',
    )
  })
})
