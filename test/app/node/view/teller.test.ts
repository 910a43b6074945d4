import { describe, expect, it } from 'vitest'

import { living, teller } from '#app/node/view/teller.ts'

import { sampleView } from './sample-view.ts'

const names = ['node-a', 'node-b', 'node-c']

function view(node: string, dead: readonly string[] = [], role: 'allocating' | 'following' = 'following') {
  const members = names.map((name) => ({ node: name, alive: !dead.includes(name), detail: '' }))
  return sampleView({ node, members, role })
}

const namesOf = (views: ReturnType<typeof living>) => views.map(({ node }) => node)

describe('the views of living processes', () => {
  it('leave out what a killed process wrote last, though it allocated', () => {
    const views = [
      view('node-a', [], 'allocating'),
      view('node-b', ['node-a'], 'allocating'),
      view('node-c', ['node-a']),
    ]
    expect(namesOf(living(views))).toEqual(['node-b', 'node-c'])
    expect(teller(living(views))?.node).toBe('node-b')
  })

  it('of two nodes are those of the one that the other still heard', () => {
    expect(namesOf(living([view('node-a'), view('node-b', ['node-a'])]))).toEqual(['node-b'])
  })

  it('are all where nobody hears anybody', () => {
    const views = [view('node-a', ['node-b']), view('node-b', ['node-a'])]
    expect(namesOf(living(views))).toEqual(['node-a', 'node-b'])
  })
})
