import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it, vi, type TestContext } from 'vitest'

import { milliseconds, seconds } from '#core/model/duration.ts'
import type { Limits } from '#app/plugin-host/source.ts'

import { fixture, speaker, type Kind, type Speaker } from './speaker.ts'
import { workerScript } from './worker-script.ts'

const deps = workerScript()
const patience = { timeout: 40_000, interval: 10 }

/** Those whose end is that their time is up. */
const patient = new Set(['hangs', 'never'])

/** Quick to notice, for the tests; the mechanisms are the same. */
const strict: Partial<Limits> = {
  memory: 96 * 1024 * 1024,
  ping: seconds(10),
  grace: milliseconds(300),
  messages: 2000,
  start: seconds(20),
  line: 4 * 1024 * 1024,
}

type Test = Pick<TestContext, 'onTestFinished'>

async function temporaryFolder({ onTestFinished }: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'herald-plugin-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function running(
  { onTestFinished }: Test,
  kind: Kind,
  config: { readonly does?: string; readonly [key: string]: string | undefined },
  limits: Partial<Limits> = strict,
): Promise<Speaker> {
  const started = await speaker(fixture(kind, limits), config, {
    ...deps(),
    deadline: patient.has(config.does ?? '') ? seconds(1) : seconds(15),
  })
  onTestFinished(() => started.runner.stop({ withdraw: false }))
  await vi.waitFor(() => expect(started.runner.status().healthy).toBe(true), patience)
  return started
}

/** Why it failed or ended, as its log and its readiness have it. */
function saidOf({ host, runner }: Speaker): string {
  const lines = host.lines.map(({ fields }) => fields['why'] ?? fields['error'])
  return [...lines, runner.status().error].join('\n')
}

/** Each way to misbehave, and what is said about it. */
const misdeeds: readonly (readonly [Kind, string, RegExp])[] = [
  ['module', 'throws', /cannot think/],
  ['module', 'hangs', /reconcile went on for more than 300 ms after it was told to end/],
  ['module', 'never', /reconcile went on for more than 300 ms after it was told to end/],
  ['module', 'leaks', /used more than 96 MiB of memory/],
  ['module', 'leaksBuffers', /used more than 96 MiB of memory/],
  ['module', 'floods', /more than 2000 messages within a second|messages more than the host takes/],
  ['module', 'exits', /ended its worker with status 3/],
  ['module', 'lies', /targets\[0\].phase: found "splendid"/],
  ['executable', 'throws', /exited with status 1/],
  ['executable', 'hangs', /reconcile went on for more than 300 ms after it was told to end/],
  ['executable', 'leaks', /used more than 96 MiB of memory/],
  ['executable', 'floods', /sent more than 2000 messages within a second/],
  ['executable', 'exits', /exited with status 3/],
  ['executable', 'babbles', /found "hello there, I am debugging", allowed: one JSON object a line/],
  ['executable', 'endless', /wrote a line of more than 4194304 bytes/],
]

describe('third-party code', () => {
  let good: Speaker
  let file: string
  let announced = 0

  beforeAll(async () => {
    file = join(await mkdtemp(join(tmpdir(), 'herald-plugin-')), 'announced')
    good = await speaker(fixture('module', strict), { file }, { ...deps(), deadline: seconds(15) })
  }, 60_000)
  afterAll(async () => {
    await good.runner.stop({ withdraw: false })
    await rm(dirname(file), { recursive: true, force: true })
  })

  it.for(misdeeds)(
    '%s that %s is contained: it is not healthy and says why, others go on',
    async ([kind, does, why], test) => {
      const bad = await running(test, kind, { does })
      bad.announce('192.0.2.1')
      await vi.waitFor(() => {
        expect(bad.runner.status()).toMatchObject({ healthy: false, error: expect.any(String) })
        expect(saidOf(bad)).toMatch(why)
      }, patience)
      const next = `192.0.2.${++announced}`
      good.announce(next)
      await vi.waitFor(async () => expect(await readFile(file, 'utf8')).toBe(next), patience)
      expect(good.runner.status().healthy).toBe(true)
    },
  )

  it.for(['module', 'executable'] as const)('%s that misbehaves no more serves again', async (kind, test) => {
    const bad = await running(test, kind, { does: 'exits' })
    bad.announce('192.0.2.1')
    await vi.waitFor(() => expect(bad.runner.status().healthy).toBe(false), patience)
    bad.announce()
    await vi.waitFor(() => expect(bad.runner.status().healthy).toBe(true), patience)
  })

  it('is noticed when it dies with nothing to do, and started again with the full set', async (test) => {
    const folder = await temporaryFolder(test)
    const file = join(folder, 'announced')
    const log = join(folder, 'log')
    const module = await running(test, 'module', { does: 'crashesLater', file, log })
    module.announce('192.0.2.1')
    await vi.waitFor(() => expect(saidOf(module)).toMatch(/a timer fell over/), patience)
    await vi.waitFor(
      async () => expect((await readFile(log, 'utf8')).split('\n').length).toBeGreaterThan(2),
      patience,
    )
    expect(await readFile(file, 'utf8')).toBe('192.0.2.1')
  })

  it.for(['module', 'executable'] as const)(
    '%s that hangs between two calls is noticed by its pings, and ended',
    async (kind, test) => {
      const bad = await running(test, kind, { does: 'hangsLater' }, { ...strict, ping: seconds(2) })
      bad.announce('192.0.2.1')
      await vi.waitFor(() => expect(saidOf(bad)).toMatch(/did not answer ping within 2000 ms/), patience)
      bad.announce()
      await vi.waitFor(() => expect(bad.runner.status().healthy).toBe(true), patience)
    },
  )

  it.for(['module', 'executable'] as const)('%s never gets a secret into the log', async (kind, test) => {
    const good = await running(test, kind, { secret: 'router' })
    good.host.secrets.set('router', { password: new TextEncoder().encode('hunter2') })
    good.announce('192.0.2.1')
    await vi.waitFor(() => expect(JSON.stringify(good.host.lines)).toContain('the password is'), patience)
    const said = JSON.stringify(good.host.lines)
    expect(said).toContain('[redacted]')
    expect(said).not.toContain('hunter2')
    expect(said).not.toContain(Buffer.from('hunter2').toString('base64'))
  })
})
