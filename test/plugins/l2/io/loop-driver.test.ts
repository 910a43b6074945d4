import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { PollLoop } from '#platform/linux/loop/poll-loop.ts'
import { parseConfig } from '#plugins/l2/config.ts'
import { EngineLost } from '#plugins/l2/errors.ts'
import { startLoopDriver, type LoopDriverEvents } from '#plugins/l2/io/loop-driver.ts'
import type { EngineEvent, L2Delta } from '#plugins/l2/protocol.ts'
import { bundleWorker, type BundledWorker } from '../../../platform/bundle-worker.ts'
import { ip } from '../memory-lan.ts'

const init = { config: parseConfig({}), fence: new SharedArrayBuffer(4) }
const NOTHING: L2Delta = { put: [], drop: [] }
const FAIL: L2Delta = { put: [{ address: ip('0.0.0.0'), stage: 'serve' }], drop: [] }

let worker: BundledWorker
beforeAll(async () => {
  worker = await bundleWorker(fileURLToPath(new URL('fault-worker.ts', import.meta.url)))
})
afterAll(() => worker.remove())

let heard: EngineEvent[]
let lost: string[]
let events: LoopDriverEvents
beforeEach(() => {
  heard = []
  lost = []
  events = { engine: (event) => heard.push(event), lost: (error) => lost.push(error) }
})

describe('the driver of an engine in the poll loop', () => {
  it('is ready once the engine knows the interfaces, and settles each delta', async () => {
    const driver = await startLoopDriver(new PollLoop(worker.script), init, events)
    expect(heard.map(({ kind }) => kind)).toEqual(['interfaces'])
    await Promise.all([driver.apply(NOTHING), driver.apply(NOTHING)])
    await driver.close()
    expect(lost).toEqual([])
    await expect(driver.apply(NOTHING)).rejects.toThrow(EngineLost)
  })

  it('rejects what is under way when the engine fails, and says so once', async () => {
    const driver = await startLoopDriver(new PollLoop(worker.script), init, events)
    const calls = [driver.apply(FAIL), driver.apply(NOTHING)]
    for (const call of calls) await expect(call).rejects.toThrow(/told to fail/)
    expect(lost).toHaveLength(1)
    await driver.close()
  })

  it('does not start where the loop cannot run, and reports no loss', async () => {
    const start = startLoopDriver(new PollLoop('/nonexistent.mjs'), init, events)
    await expect(start).rejects.toThrow(EngineLost)
    expect(lost).toEqual([])
  })
})
