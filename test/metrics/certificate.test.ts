import { once } from 'node:events'
import { copyFile, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type ConnectionOptions } from 'node:tls'

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { fakeLogger, type LogLine } from '#core/fakes/fake-host.ts'
import { Certificate, type TlsLimits } from '#metrics/certificate.ts'
import { createMetrics } from '#metrics/registry.ts'
import { MetricsServer, type Guard } from '#metrics/server.ts'

import { ask } from './ask.ts'
import { selfSigned } from './pki.ts'

const patience = { timeout: 20_000, interval: 100 }

describe('metrics over HTTPS', () => {
  let folder: string
  let lines: LogLine[]
  let server: MetricsServer | undefined

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'herald-certificate-'))
    lines = []
  })
  afterEach(async () => {
    await server?.close()
    server = undefined
    await rm(folder, { recursive: true, force: true })
  })

  async function serve(
    files: { cert: string; key: string },
    guard?: Guard,
    limits: TlsLimits = {},
  ): Promise<string> {
    const certificate = new Certificate(files, fakeLogger(lines), limits)
    const readiness = (): { ready: boolean; reasons: string[] } => ({ ready: true, reasons: [] })
    server = new MetricsServer({ metrics: createMetrics(), readiness, certificate, ...(guard && { guard }) })
    const { port } = await server.listen({ host: '127.0.0.1', port: 0 })
    return `https://127.0.0.1:${port}`
  }

  it('shows the certificate of its files, and no other protocol', async () => {
    const files = selfSigned(folder, 'first')
    const url = await serve(files)
    const told = await ask(`${url}/metrics`, await readFile(files.cert))
    expect(told).toMatchObject({ status: 200, shown: 'first' })
    expect(told.body).toContain('process_resident_memory_bytes')
    await expect(fetch(url.replace('https', 'http'))).rejects.toThrow()
  })

  it('is spoken with the versions, suites and groups that it may be, and with no others', async () => {
    const files = selfSigned(folder, 'first')
    const limits = {
      minVersion: 'TLSv1.2',
      ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256',
      ecdhCurve: 'P-256',
    } as const
    const ca = await readFile(files.cert)
    const spoken = async (url: string, offer: ConnectionOptions): Promise<string> => {
      const socket = connect({ ca, port: Number(new URL(url).port), host: '127.0.0.1', ...offer })
      await once(socket, 'secureConnect')
      const text = `${socket.getProtocol()} ${socket.getCipher().name}`
      socket.destroy()
      return text
    }
    const old = await serve(files, undefined, limits)
    const v12 = { maxVersion: 'TLSv1.2' } as const
    expect(await spoken(old, v12)).toBe('TLSv1.2 ECDHE-ECDSA-AES128-GCM-SHA256')
    await expect(spoken(old, { ...v12, ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' })).rejects.toThrow()
    await expect(spoken(old, { ...v12, ecdhCurve: 'P-384' })).rejects.toThrow()
    await server?.close()
    const strict = await serve(files, undefined, { minVersion: 'TLSv1.3' })
    expect(await spoken(strict, {})).toMatch(/^TLSv1\.3 /)
    await expect(spoken(strict, v12)).rejects.toThrow()
  })

  it('takes over a renewed pair, by a link as a mounted Secret changes, without a restart', async () => {
    const [first, second] = [selfSigned(folder, 'first'), selfSigned(folder, 'second')]
    await symlink(first.cert, join(folder, 'tls.crt'))
    await symlink(first.key, join(folder, 'tls.key'))
    const url = await serve({ cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') })
    const trusted = Buffer.concat([await readFile(first.cert), await readFile(second.cert)])
    expect((await ask(`${url}/healthz`, trusted)).shown).toBe('first')
    for (const [now, path] of [
      [second.cert, 'tls.crt'],
      [second.key, 'tls.key'],
    ] as const) {
      await symlink(now, join(folder, 'next'))
      await rename(join(folder, 'next'), join(folder, path))
    }
    await vi.waitFor(
      async () => expect((await ask(`${url}/healthz`, trusted)).shown).toBe('second'),
      patience,
    )
  })

  it('keeps the last pair when what comes is none, and says so', async () => {
    const [first, second] = [selfSigned(folder, 'first'), selfSigned(folder, 'second')]
    const url = await serve(first)
    const trusted = await readFile(first.cert)
    await copyFile(second.key, first.key)
    await vi.waitFor(() => expect(JSON.stringify(lines)).toContain('the last one stays'), patience)
    expect((await ask(`${url}/healthz`, trusted)).shown).toBe('first')
  })

  it.each([
    ['is not there', async () => {}, /--metrics-cert-dir: ENOENT.*tls\.crt/],
    [
      'is no certificate',
      async (dir: string) => {
        for (const name of ['tls.crt', 'tls.key']) await writeFile(join(dir, name), 'nonsense')
      },
      /--metrics-cert-dir: .*tls\.crt and .*tls\.key are no certificate with its key/,
    ],
  ] as const)('does not start when the pair %s', async (_, prepare, message) => {
    await prepare(folder)
    await expect(serve({ cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') })).rejects.toThrow(
      message,
    )
  })

  it('asks its guard for /metrics alone: kubelets have no token', async () => {
    const files = selfSigned(folder, 'first')
    const asked: string[] = []
    const guard: Guard = {
      async admit({ authorization = '' }) {
        asked.push(authorization)
        return { allowed: false, status: 401, reason: 'a bearer token is needed' }
      },
    }
    const url = await serve(files, guard)
    const trusted = await readFile(files.cert)
    expect(await ask(`${url}/metrics`, trusted, { authorization: 'Bearer x' })).toMatchObject({
      status: 401,
      body: 'a bearer token is needed\n',
    })
    expect((await ask(`${url}/healthz`, trusted)).status).toBe(200)
    expect((await ask(`${url}/readyz`, trusted)).status).toBe(200)
    expect(asked).toEqual(['Bearer x'])
  })
})
