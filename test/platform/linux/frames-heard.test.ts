import { networkInterfaces } from 'node:os'

import { describe, expect, it } from 'vitest'

import { framesHeard } from '#platform/linux/frames-heard.ts'

describe('frames heard', () => {
  it('are counted on the links that have one of the addresses', () => {
    const [own] = Object.values(networkInterfaces()).flatMap((entries = []) => entries)
    const before = framesHeard([own?.address ?? ''])
    expect(before).toBeGreaterThanOrEqual(0)
    expect(framesHeard([own?.address ?? ''])).toBeGreaterThanOrEqual(before ?? Infinity)
  })

  it('are not known where no link has one', () => {
    expect(framesHeard(['192.0.2.1'])).toBeUndefined()
  })
})
