import { afterEach, describe, expect, it } from 'vitest'

import { createMetrics } from '#metrics/registry.ts'
import { MetricsServer, type Readiness } from '#metrics/server.ts'

const servers: MetricsServer[] = []
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())))

async function serve(readiness: () => Readiness = () => ({ ready: true, reasons: [] })) {
  const metrics = createMetrics()
  const server = new MetricsServer({ metrics, readiness })
  servers.push(server)
  const { host, port } = await server.listen({ host: '127.0.0.1', port: 0 })
  return { metrics, get: (path: string, init?: RequestInit) => fetch(`http://${host}:${port}${path}`, init) }
}

describe('metrics server', () => {
  it('renders process metrics and ours in the Prometheus text format', async () => {
    const { get, metrics } = await serve()
    metrics.scope.gauge({ name: 'herald_ready', help: 'x', labels: [] }).set({}, 1)
    const response = await get('/metrics')
    expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4')
    const text = await response.text()
    expect(text).toContain('herald_ready 1')
    expect(text).toContain('process_resident_memory_bytes')
  })

  it('is healthy as soon as it answers', async () => {
    const { get } = await serve(() => ({ ready: false, reasons: ['x'] }))
    expect((await get('/healthz')).status).toBe(200)
  })

  it('is ready only when the program says so, and says what it waits for', async () => {
    let state: Readiness = { ready: false, reasons: ['announcer l2 is not open yet'] }
    const { get } = await serve(() => state)
    const before = await get('/readyz')
    expect(before.status).toBe(503)
    expect(await before.json()).toEqual({ ready: false, reasons: ['announcer l2 is not open yet'] })
    state = { ready: true, reasons: [] }
    expect((await get('/readyz')).status).toBe(200)
  })

  it('knows no other paths and no other methods', async () => {
    const { get } = await serve()
    expect((await get('/')).status).toBe(404)
    expect((await get('/metrics', { method: 'POST' })).status).toBe(405)
  })

  it('answers whoever asks for what is no URL, and goes on', async () => {
    const { get } = await serve()
    expect((await get('//')).status).toBe(404)
    expect((await get('/healthz')).status).toBe(200)
  })

  it('rejects with the cause when the port is taken', async () => {
    const { get } = await serve()
    const port = Number(new URL((await get('/healthz')).url).port)
    const second = new MetricsServer({
      metrics: createMetrics(),
      readiness: () => ({ ready: true, reasons: [] }),
    })
    await expect(second.listen({ host: '127.0.0.1', port })).rejects.toThrow('EADDRINUSE')
  })
})
