import { readdir } from 'node:fs/promises'

import { afterEach, beforeEach, expect, it } from 'vitest'

import { World } from './standalone/world.ts'

let world: World
beforeEach(async () => {
  world = await World.make()
})
afterEach(() => world.dispose())

it('composing standalone mode opens nothing, writes nothing and starts no timer', async () => {
  const handles = process.getActiveResourcesInfo().sort()
  const { app, liveness, lines, metrics } = world.compose('node-a')
  expect(process.getActiveResourcesInfo().sort()).toEqual(handles)
  expect(await readdir(world.folder)).toEqual([])
  expect(liveness.calls).toEqual([])
  expect(lines).toEqual([])
  expect(metrics.value('herald_ready', {})).toBe(0)
  expect(app.publisher.readiness()).toEqual({ ready: false, reasons: ['nothing was decided yet'] })
})

it('two compositions share no part', () => {
  const [a, b] = [world.compose('node-a'), world.compose('node-a')]
  expect(a.app.publisher).not.toBe(b.app.publisher)
})
