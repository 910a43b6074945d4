import { describe, expect, it } from 'vitest'

import {
  definePlugin,
  type Announcer,
  type AnnouncerHost,
  type AnnouncerStatus,
  type DesiredState,
  type Target,
} from '#core/announcer.ts'
import { FakeClock, settle } from '#core/fakes/fake-clock.ts'
import { fakeHost, type FakeHost } from '#core/fakes/fake-host.ts'
import { parseAddress } from '#core/model/address.ts'
import { milliseconds, seconds } from '#core/model/duration.ts'
import { PluginRunner } from '#core/runtime/plugin-runner.ts'

interface Call {
  readonly verb: 'open' | 'reconcile' | 'close'
  readonly desired?: DesiredState
  readonly signal?: AbortSignal
  resolve(status?: AnnouncerStatus): void
  reject(error: Error): void
}

/** A plugin whose every call waits until the test decides how it ends. */
function puppet(more: { readonly drains?: boolean } = {}): {
  calls: Call[]
  host: FakeHost
  clock: FakeClock
  runner: PluginRunner
  given: () => AnnouncerHost
} {
  const clock = new FakeClock()
  const host = fakeHost({ clock })
  const calls: Call[] = []
  let given: AnnouncerHost | undefined
  const record = <T>(verb: Call['verb'], more: Partial<Call> = {}): Promise<T> =>
    new Promise((resolve, reject) => {
      calls.push({ verb, ...more, resolve: (status) => resolve(status as T), reject })
    })
  const announcer: Announcer = {
    open: (signal) => record('open', { signal }),
    reconcile: (desired, signal) => record('reconcile', { desired, signal }),
    close: () => record('close'),
  }
  const plugin = definePlugin({
    api: 1,
    name: 'puppet',
    placement: 'every-node',
    fencing: 'none',
    resources: [],
    optionsSchema: {},
    unsupported: [],
    ...more,
    parseConfig: () => ({}),
    create: (_config, h) => {
      given = h
      return announcer
    },
  })
  const runner = new PluginRunner({ plugin, config: {}, host })
  return { calls, host, clock, runner, given: () => given ?? expect.fail('never created') }
}

function wish(...addresses: string[]): Omit<DesiredState, 'generation'> {
  const targets = addresses.map((text): Target => {
    const address = parseAddress(text) ?? expect.fail(text)
    return { address, services: [], offers: [], stage: 'serve' }
  })
  return { targets, resources: {} }
}

const serving = (desired: DesiredState | undefined): AnnouncerStatus => ({
  generation: desired?.generation ?? 0,
  targets: (desired?.targets ?? []).map(({ address }) => ({ address, phase: 'serving' })),
})

async function opened(more: { readonly drains?: boolean } = {}): Promise<ReturnType<typeof puppet>> {
  const made = puppet(more)
  made.runner.start()
  await settle()
  made.calls[0]?.resolve()
  await settle()
  return made
}

const last = (calls: readonly Call[]): Call => calls.at(-1) ?? expect.fail('no call yet')
const verbs = (calls: readonly Call[]): string => calls.map(({ verb }) => verb).join(' ')

describe('PluginRunner', () => {
  it('opens, then reconciles what was wanted meanwhile', async () => {
    const { calls, runner } = puppet()
    runner.start()
    runner.desire(wish('192.0.2.1'))
    await settle()
    expect(verbs(calls)).toBe('open')
    calls[0]?.resolve()
    await settle()
    expect(verbs(calls)).toBe('open reconcile')
    expect(last(calls).desired?.targets.map(({ address }) => address)).toEqual(['192.0.2.1'])
  })

  it('never overlaps calls, and goes on with the newest state only', async () => {
    const { calls, runner } = await opened()
    runner.desire(wish('192.0.2.1'))
    runner.desire(wish('192.0.2.2'))
    runner.desire(wish('192.0.2.3'))
    await settle()
    expect(verbs(calls)).toBe('open reconcile')
    expect(last(calls).signal?.aborted).toBe(true)
    last(calls).reject(new Error('aborted'))
    await settle()
    expect(verbs(calls)).toBe('open reconcile reconcile')
    expect(last(calls).desired?.targets[0]?.address).toBe('192.0.2.3')
  })

  it('publishes the status of the generation it asked for', async () => {
    const { calls, runner } = await opened()
    runner.desire(wish('192.0.2.1'))
    await settle()
    last(calls).resolve(serving(last(calls).desired))
    await settle()
    expect([...runner.status().targets.values()]).toEqual([{ address: '192.0.2.1', phase: 'serving' }])
    expect(runner.status()).toMatchObject({ healthy: true, phase: 'idle', generation: 1 })
  })

  it('takes an answer to another generation for a failure', async () => {
    const { calls, runner } = await opened()
    runner.desire(wish('192.0.2.1'))
    await settle()
    last(calls).resolve({ generation: 99, targets: [] })
    await settle()
    expect(runner.status()).toMatchObject({
      healthy: false,
      error: 'answered generation 99, was asked for 1',
    })
  })

  it('marks every target failed when reconcile rejects, and tries again after a growing delay', async () => {
    const { calls, runner, clock } = await opened()
    runner.desire(wish('192.0.2.1'))
    await settle()
    last(calls).reject(new Error('driver lost'))
    await settle()
    expect([...runner.status().targets.values()]).toEqual([
      { address: '192.0.2.1', phase: 'failed', reason: 'PluginFailed', message: 'driver lost' },
    ])
    await clock.advance(milliseconds(250))
    expect(verbs(calls)).toBe('open reconcile reconcile')
    last(calls).reject(new Error('driver lost'))
    await clock.advance(milliseconds(250))
    expect(verbs(calls)).toBe('open reconcile reconcile')
    await clock.advance(milliseconds(250))
    expect(verbs(calls)).toBe('open reconcile reconcile reconcile')
  })

  it('tries again when a single target failed', async () => {
    const { calls, runner, clock } = await opened()
    runner.desire(wish('192.0.2.1'))
    await settle()
    last(calls).resolve({
      generation: 1,
      targets: [{ address: wish('192.0.2.1').targets[0]!.address, phase: 'failed' }],
    })
    await clock.advance(milliseconds(250))
    expect(verbs(calls)).toBe('open reconcile reconcile')
  })

  it('closes an instance whose open failed and starts a fresh one by the schedule', async () => {
    const { calls, runner, clock } = puppet()
    runner.start()
    await settle()
    last(calls).reject(new Error('no permission'))
    await settle()
    expect(verbs(calls)).toBe('open close')
    expect(runner.status()).toMatchObject({ healthy: false, phase: 'waiting', error: 'no permission' })
    await clock.advance(milliseconds(250))
    expect(verbs(calls)).toBe('open close open')
  })

  it('reconciles once more after any number of wakes during a reconcile', async () => {
    const { calls, runner, given } = await opened()
    runner.desire(wish('192.0.2.1'))
    await settle()
    given().report({ kind: 'wake', reason: 'link up' })
    given().report({ kind: 'wake', reason: 'link up' })
    last(calls).resolve(serving(last(calls).desired))
    await settle()
    expect(verbs(calls)).toBe('open reconcile reconcile')
    last(calls).resolve(serving(last(calls).desired))
    await settle()
    expect(verbs(calls)).toBe('open reconcile reconcile')
  })

  it('reconciles the same state again when woken at rest', async () => {
    const { calls, runner, given } = await opened()
    runner.desire(wish('192.0.2.1'))
    await settle()
    last(calls).resolve(serving(last(calls).desired))
    await settle()
    given().report({ kind: 'wake', reason: 'peer up' })
    await settle()
    expect(last(calls).desired?.generation).toBe(1)
    expect(verbs(calls)).toBe('open reconcile reconcile')
  })

  it('aborts a call at its deadline and says what happened', async () => {
    const { calls, runner, clock } = await opened()
    runner.desire(wish('192.0.2.1'))
    await clock.advance(seconds(10))
    expect(last(calls).signal?.aborted).toBe(true)
    last(calls).reject(new Error('AbortError'))
    await settle()
    expect(runner.status().error).toBe('did not finish within 10000 ms')
  })

  it('calls a plugin that ignores its abort signal stuck, makes no more calls, and recovers when it settles', async () => {
    const { calls, runner, clock } = await opened()
    runner.desire(wish('192.0.2.1'))
    await clock.advance(seconds(15))
    expect(runner.status()).toMatchObject({ phase: 'stuck', healthy: false })
    runner.desire(wish('192.0.2.2'))
    await clock.advance(seconds(60))
    expect(verbs(calls)).toBe('open reconcile')
    last(calls).resolve(serving(last(calls).desired))
    await settle()
    expect(verbs(calls)).toBe('open reconcile reconcile')
    expect(runner.status().healthy).toBe(true)
  })

  it('withdraws everything before it closes on a planned stop', async () => {
    const { calls, runner, clock } = await opened()
    runner.desire(wish('192.0.2.1'))
    await settle()
    last(calls).resolve(serving(last(calls).desired))
    await settle()
    const stopped = runner.stop({ withdraw: true })
    await settle()
    expect(last(calls).desired?.targets).toEqual([])
    last(calls).resolve(serving(last(calls).desired))
    await settle()
    expect(verbs(calls)).toBe('open reconcile reconcile close')
    last(calls).resolve()
    await stopped
    expect(clock.pending()).toBe(0)
  })

  it('lets a plugin that drains retire its targets before it withdraws', async () => {
    const { calls, runner, clock, given } = await opened({ drains: true })
    const answer = async (phase: 'serving' | 'pending' | 'silent'): Promise<void> => {
      const { generation = 0, targets = [] } = last(calls).desired ?? {}
      last(calls).resolve({ generation, targets: targets.map(({ address }) => ({ address, phase })) })
      await settle()
    }
    runner.desire(wish('192.0.2.1'))
    await settle()
    await answer('serving')
    void runner.stop({ withdraw: true })
    await settle()
    await answer('pending')
    expect(last(calls).desired?.targets).toMatchObject([{ stage: 'retire' }])
    given().report({ kind: 'wake', reason: 'drained' })
    await settle()
    expect(last(calls).desired?.targets).toMatchObject([{ stage: 'retire' }])
    await answer('silent')
    expect(last(calls).desired?.targets).toEqual([])
    await answer('silent')
    expect(verbs(calls)).toBe('open reconcile reconcile reconcile reconcile close')
    last(calls).resolve()
    await settle()
    expect(clock.pending()).toBe(0)
  })

  it('waits no longer than ten seconds for targets to retire', async () => {
    const { calls, runner, clock } = await opened({ drains: true })
    runner.desire(wish('192.0.2.1'))
    await settle()
    last(calls).resolve(serving(last(calls).desired))
    await settle()
    void runner.stop({ withdraw: true })
    await settle()
    last(calls).resolve(serving(last(calls).desired))
    await clock.advance(seconds(10))
    expect(last(calls).desired?.targets).toEqual([])
  })

  it('withdraws after a reconcile that the stop interrupted', async () => {
    const { calls, runner } = await opened()
    runner.desire(wish('192.0.2.1'))
    await settle()
    void runner.stop({ withdraw: true })
    await settle()
    last(calls).reject(new Error('aborted'))
    await settle()
    expect(verbs(calls)).toBe('open reconcile reconcile')
    expect(last(calls).desired?.targets).toEqual([])
  })

  it('only closes when told to keep what is announced', async () => {
    const { calls, runner } = await opened()
    runner.desire(wish('192.0.2.1'))
    await settle()
    last(calls).resolve(serving(last(calls).desired))
    await settle()
    void runner.stop({ withdraw: false })
    await settle()
    expect(verbs(calls)).toBe('open reconcile close')
  })

  it('gives up on a plugin that hangs on the way out', async () => {
    const { runner, clock } = await opened()
    runner.desire(wish('192.0.2.1'))
    await settle()
    let done = false
    void runner.stop({ withdraw: true }).then(() => (done = true))
    await clock.advance(seconds(30))
    expect(done).toBe(true)
    expect(clock.pending()).toBe(0)
  })

  it('contains a plugin that throws where it should reject', async () => {
    const host = fakeHost()
    const plugin = definePlugin({
      api: 1,
      name: 'thrower',
      placement: 'every-node',
      fencing: 'none',
      resources: [],
      optionsSchema: {},
      unsupported: [],
      parseConfig: () => ({}),
      create: () => {
        throw new Error('cannot be made')
      },
    })
    const runner = new PluginRunner({ plugin, config: {}, host })
    runner.start()
    await settle()
    expect(runner.status()).toMatchObject({ healthy: false, error: 'cannot be made' })
  })

  it('keeps what the plugin observed about targets and peers, and forgets peers that left', async () => {
    const { calls, runner, given } = await opened()
    runner.desire({ targets: [], resources: { BGPPeer: [{ name: 'tor', revision: '1', spec: {} }] } })
    await settle()
    last(calls).resolve(serving(last(calls).desired))
    await settle()
    given().report({ kind: 'peer', peer: 'tor', state: 'Established' })
    expect(runner.status().peers.get('tor')?.state).toBe('Established')
    runner.desire(wish())
    expect(runner.status().peers.size).toBe(0)
  })
})
