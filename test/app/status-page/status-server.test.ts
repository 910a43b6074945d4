import { get } from 'node:http'

import { afterEach, describe, expect, it } from 'vitest'

import type { Explanation } from '#core/explain/explanation.ts'
import { pageFiles } from '#app/status-page/page-files.ts'
import type { StatusSource } from '#app/status-page/source.ts'
import { StatusServer } from '#app/status-page/status-server.ts'
import type { NodeView } from '#app/node/view/node-view.ts'
import { sampleView } from '../node/view/sample-view.ts'

class MemorySource implements StatusSource {
  view: NodeView | undefined = sampleView()
  readonly listeners = new Set<() => void>()

  own(): NodeView | undefined {
    return this.view
  }

  async views(): Promise<readonly NodeView[]> {
    return this.view === undefined ? [] : [this.view]
  }

  explain(service: string): Explanation | undefined {
    return service === 'default/web' ? ({ service } as Explanation) : undefined
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }
}

const servers: StatusServer[] = []
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())))

async function serve() {
  const source = new MemorySource()
  const server = new StatusServer(source)
  servers.push(server)
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 })
  const ask = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init)
  return { source, server, port, ask }
}

describe('the status page', () => {
  it('brings every file that its page names, and nothing from elsewhere', async () => {
    const { ask } = await serve()
    const texts = Object.values(pageFiles).map(({ body }) => body)
    const named = texts.flatMap((text) => [...text.matchAll(/(?:src|href)="([\w.]+)"|from '\.\/([\w.]+)'/g)])
    expect(named.length).toBeGreaterThan(4)
    for (const [, attribute, module] of named) expect((await ask(`/${attribute ?? module}`)).status).toBe(200)
    expect(texts.join('').match(/https?:\/\/(?!www\.w3\.org)/)).toBeNull()
  })

  it('forbids the browser to load or be framed by anything else', async () => {
    const { ask } = await serve()
    const policy = (await ask('/')).headers.get('content-security-policy')
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
  })

  it('is for reading only', async () => {
    const { ask } = await serve()
    expect((await ask('/api/v1/overview', { method: 'POST' })).status).toBe(405)
  })

  it('refuses to answer on loopback under another name (DNS rebinding)', async () => {
    const { port } = await serve()
    const status = await new Promise((resolve) => {
      get({ port, host: '127.0.0.1', headers: { host: 'evil.example' } }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
    })
    expect(status).toBe(403)
  })

  it('answers whoever asks for what is no URL, and goes on', async () => {
    const { ask } = await serve()
    expect((await ask('//')).status).toBe(404)
    expect((await ask('/')).status).toBe(200)
  })

  it('names its flag when it cannot listen', async () => {
    const { port, source } = await serve()
    const second = new StatusServer(source)
    await expect(second.listen({ host: '127.0.0.1', port })).rejects.toThrow(
      /^--status-address: .*EADDRINUSE/,
    )
    await second.close()
  })
})

describe('the JSON beneath', () => {
  it.each([
    ['/api/v1/overview', 200, { node: 'node-a', counts: { services: 2 } }],
    ['/api/v1/status', 200, { kind: 'Status', nodes: [{ node: 'node-a' }] }],
    ['/api/v1/services?search=web', 200, { total: 1, items: [{ service: 'default/web' }] }],
    ['/api/v1/explain/default/web', 200, { service: 'default/web' }],
    ['/api/v1/explain/default/none', 404, { error: 'there is no Service default/none' }],
    ['/api/v1/services?limit=501', 400, { error: 'limit: found 501, allowed: 1 to 500' }],
    ['/api/v1/services?offset=x', 400, { error: 'offset: found x, allowed: a whole number' }],
    ['/api/v1/other', 404, {}],
    ['/favicon.ico', 404, {}],
  ])('answers %s with %d', async (path, status, body) => {
    const { ask } = await serve()
    const response = await ask(path)
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject(body)
  })

  it('says so while nothing was decided yet', async () => {
    const { ask, source } = await serve()
    source.view = undefined
    const response = await ask('/api/v1/overview')
    expect([response.status, await response.json()]).toEqual([503, { error: 'nothing was decided yet' }])
  })

  it('tells a listener of changes, those close together at once', async () => {
    const { ask, source, server } = await serve()
    const response = await ask('/api/v1/changes')
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    expect((await reader.read()).value).toContain('retry:')
    for (let i = 0; i < 3; i++) for (const listener of source.listeners) listener()
    expect((await reader.read()).value).toBe('event: changed\ndata: {}\n\n')
    await server.close()
    expect((await reader.read()).done).toBe(true)
    expect(source.listeners.size).toBe(0)
  })

  it('hears at most 32 listeners, and tells the next to come back', async () => {
    const { ask } = await serve()
    const heard = await Promise.all(Array.from({ length: 32 }, () => ask('/api/v1/changes')))
    expect(heard.every(({ status }) => status === 200)).toBe(true)
    expect((await ask('/api/v1/changes')).status).toBe(503)
  })
})
