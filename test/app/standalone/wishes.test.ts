import { describe, expect, it } from 'vitest'

import { withWishes } from '#app/standalone/wishes.ts'
import { drainOf } from '#core/moves/wishes.ts'

const nodes = ['constructor', 'node-a'].map((name) => ({
  apiVersion: 'v1' as const,
  kind: 'Node' as const,
  metadata: { name },
}))

describe('what was asked of the nodes of a folder', () => {
  it('is asked of the node that the file is named after, and of no other', () => {
    const { nodes: seen } = withWishes({ nodes }, { drains: { 'node-a': 'new disk' } })
    expect(seen.map(({ metadata }) => drainOf(metadata))).toEqual([undefined, 'new disk'])
  })

  it('leaves the very same manifests when nothing was asked', () => {
    const set = { nodes }
    expect(withWishes(set, { drains: {} })).toBe(set)
  })
})
