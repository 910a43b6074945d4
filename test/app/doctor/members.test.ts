import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { checkHeartbeats } from '#app/doctor/members.ts'
import { MetricsReviewer } from '#app/metrics-access.ts'
import { FakeClock } from '#core/fakes/fake-clock.ts'
import { metric } from '#metrics/catalogue.ts'
import { Certificate } from '#metrics/certificate.ts'
import { createMetrics } from '#metrics/registry.ts'
import { MetricsServer, type Guard } from '#metrics/server.ts'

import { selfSigned } from '../../metrics/pki.ts'
import { silentLog } from '../kubernetes/silent-log.ts'

const endpoint = { node: 'node-a', host: '192.0.2.1', port: 7472 }

async function verdict(text: string | undefined): Promise<string> {
  const [finding] = await checkHeartbeats([endpoint], 7473, () => Promise.resolve(text))
  return `${finding?.verdict} ${finding?.check}: ${finding?.message}`
}

const members = (alive: number, dead: number): string =>
  `# TYPE herald_members gauge\nherald_members{state="alive"} ${alive}\nherald_members{state="dead"} ${dead}\n`

describe('whether nodes hear each other', () => {
  it.each([
    [members(3, 0), 'ok heartbeats at node-a: hears every node of 3'],
    [members(1, 0), 'ok heartbeats at node-a: no other node'],
    [members(2, 1), 'warning heartbeats at node-a: does not hear 1 of 3 nodes'],
    [
      members(1, 2),
      'fault heartbeats at node-a: hears none of the 2 others: all would answer for the same addresses',
    ],
    ['up 1\n', 'unknown heartbeats at node-a: found metrics of something else than a speaker'],
    [undefined, 'unknown heartbeats at node-a: found no metrics at 192.0.2.1:7472'],
  ])('%j', async (text, expected) => {
    expect(await verdict(text)).toBe(expected)
  })
})

describe('metrics over HTTPS', () => {
  let folder: string
  let server: MetricsServer | undefined

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'herald-doctor-'))
  })
  afterEach(async () => {
    await server?.close()
    await rm(folder, { recursive: true, force: true })
  })

  async function found(guard?: Guard): Promise<string> {
    const metrics = createMetrics()
    metrics.scope.gauge(metric('herald_members')).set({ state: 'alive' }, 2)
    const readiness = () => ({ ready: true, reasons: [] })
    const certificate = new Certificate(selfSigned(folder, 'own'), silentLog)
    server = new MetricsServer({ metrics, readiness, certificate, ...(guard && { guard }) })
    const { port } = await server.listen({ host: '127.0.0.1', port: 0 })
    const [finding] = await checkHeartbeats([{ node: 'node-a', host: '127.0.0.1', port }], 7473)
    return `${finding?.verdict} ${finding?.message}`
  }

  it('are read whoever signed the certificate', async () => {
    expect(await found()).toBe('ok hears every node of 2')
  })

  it('and for those with a token are told as what they are', async () => {
    const client = { create: () => Promise.reject(new Error('not asked')) }
    const guard = new MetricsReviewer({ client, clock: new FakeClock(), log: silentLog })
    expect(await found(guard)).toBe('unknown found metrics that are for those with a token')
  })
})
