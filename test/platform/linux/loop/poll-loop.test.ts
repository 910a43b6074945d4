import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { PollLoop, type Channel } from '#platform/linux/loop/poll-loop.ts'
import { bundleWorker, type BundledWorker } from '../../bundle-worker.ts'

let worker: BundledWorker
beforeAll(async () => {
  worker = await bundleWorker(fileURLToPath(new URL('worker.ts', import.meta.url)))
})
afterAll(() => worker.remove())

/** A started program whose messages and end can be awaited. */
class Probe {
  readonly messages: unknown[] = []
  readonly channel: Channel
  end: { error: string | undefined } | undefined
  #waiting: (() => void)[] = []

  constructor(loop: PollLoop, program: string, init?: unknown) {
    this.channel = loop.start(program, init, {
      message: (body) => {
        this.messages.push(body)
        this.#signal()
      },
      closed: (error) => {
        this.end = { error }
        this.#signal()
      },
    })
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  #signal(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

describe('the poll loop', () => {
  it('carries messages both ways while it waits in poll', async () => {
    const probe = new Probe(new PollLoop(worker.script), 'echo', { greeting: 'hello' })
    await probe.until(() => probe.messages.length === 1)
    probe.channel.post('ping')
    await probe.until(() => probe.messages.length === 2)
    expect(probe.messages).toEqual([{ started: { greeting: 'hello' } }, { echo: 'ping' }])
    await probe.channel.close()
  })

  it('fires timers in the order they are due and forgets cancelled ones', async () => {
    const probe = new Probe(new PollLoop(worker.script), 'timers')
    await probe.until(() => probe.messages.length === 1)
    expect(probe.messages).toEqual([['first', 'second', 'last']])
    await probe.channel.close()
  })

  it('ends a failing program alone, with the error, after releasing what it held', async () => {
    const loop = new PollLoop(worker.script)
    const [faulty, echo] = [new Probe(loop, 'faulty'), new Probe(loop, 'echo')]
    faulty.channel.post('go')
    await faulty.until(() => faulty.end !== undefined)
    expect(faulty.end?.error).toMatch(/a handler went wrong/)
    expect(faulty.messages).toEqual(['released'])
    echo.channel.post('still there?')
    await echo.until(() => echo.messages.length === 2)
    await echo.channel.close()
  })

  it('closes the channel of a program that is unknown or cannot be loaded', async () => {
    const loop = new PollLoop(worker.script)
    const [unknown, missing] = [new Probe(loop, 'nothing'), new Probe(loop, 'missing')]
    await unknown.until(() => unknown.end !== undefined)
    await missing.until(() => missing.end !== undefined)
    expect(unknown.end?.error).toMatch(/no program named nothing/)
    expect(missing.end?.error).toMatch(/cannot load/)
  })

  it('stops with its last program and starts afresh with the next', async () => {
    const loop = new PollLoop(worker.script)
    const first = new Probe(loop, 'echo')
    await first.channel.close()
    expect(first.end).toEqual({ error: undefined })
    expect(first.messages.at(-1)).toBe('stopped')
    const second = new Probe(loop, 'echo')
    await second.until(() => second.messages.length === 1)
    await second.channel.close()
    await second.channel.close()
  })

  it('lets no timer wait for the last of many messages, and no message for a timer', async () => {
    const probe = new Probe(new PollLoop(worker.script), 'lagging')
    for (const message of ['first', 'second', 'last']) probe.channel.post(message)
    await probe.until(() => probe.messages.length === 1)
    expect(probe.messages).toEqual([['first', 'timer', 'second', 'last']])
    await probe.channel.close()
  })

  it('collects its garbage without waking any other thread', async () => {
    const running = await bundleWorker(fileURLToPath(new URL('littering.ts', import.meta.url)))
    const said = await new Promise<string>((resolve, reject) =>
      execFile(process.execPath, [running.script], { timeout: 60_000 }, (error, stdout) =>
        error === null ? resolve(stdout) : reject(error),
      ),
    ).finally(() => running.remove())
    // Some fifty collections; when they were shared out each of four helpers was woken as often.
    const times = JSON.parse(said) as number[]
    expect(times.length).toBeGreaterThan(4)
    expect(times.toSorted((a, b) => a - b).at(-4)).toBeLessThan(15)
  })

  it('lets a process exit while the loop waits in poll', async () => {
    const exiting = await bundleWorker(fileURLToPath(new URL('exiting.ts', import.meta.url)))
    const code = await new Promise((resolve) =>
      execFile(process.execPath, [exiting.script], { timeout: 20_000 }).once('exit', resolve),
    )
    exiting.remove()
    expect(code).toBe(7)
  })

  it('tells its channels when the worker cannot run at all', async () => {
    const probe = new Probe(new PollLoop('/nonexistent/worker.mjs'), 'echo')
    await probe.until(() => probe.end !== undefined)
    expect(probe.end?.error).toMatch(/nonexistent/)
  })
})
