import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { NodeView } from '#app/node/view/node-view.ts'
import { ViewFile } from '#app/node/view/view-file.ts'
import { ViewShelf } from '#app/node/view/view-shelf.ts'
import { sampleView } from './sample-view.ts'

let stateFolder: string
let shelf: ViewShelf
beforeEach(async () => {
  stateFolder = await mkdtemp(join(tmpdir(), 'herald-shelf-'))
  shelf = new ViewShelf(stateFolder)
})
afterEach(() => rm(stateFolder, { recursive: true, force: true }))

const write = (view: NodeView) => {
  const failed = (cause: unknown): void => {
    throw cause
  }
  return new ViewFile({ stateFolder, node: view.node, unique: 'x', failed }).put(view)
}

describe('views for somebody who asks often', () => {
  it('are none while nobody has written any', async () => {
    expect(await shelf.views()).toEqual([])
  })

  it('are the very same list while no file changes', async () => {
    await write(sampleView())
    const views = await shelf.views()
    expect(views).toEqual([sampleView()])
    expect(await shelf.views()).toBe(views)
  })

  it('are read again where a file changed, came or went', async () => {
    await write(sampleView())
    await shelf.views()
    await write(sampleView({ term: 5 }))
    await write(sampleView({ node: 'node-b' }))
    expect((await shelf.views()).map(({ node, term }) => [node, term])).toEqual([
      ['node-a', 5],
      ['node-b', 4],
    ])
    await rm(join(stateFolder, 'nodes', 'node-a.json'))
    expect((await shelf.views()).map(({ node }) => node)).toEqual(['node-b'])
  })

  it('leave out a file that is none', async () => {
    await write(sampleView())
    await writeFile(join(stateFolder, 'nodes', 'node-b.json'), '{')
    expect((await shelf.views()).map(({ node }) => node)).toEqual(['node-a'])
  })
})
