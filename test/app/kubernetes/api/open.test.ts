import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { openApi } from '#app/kubernetes/api/open.ts'
import { resources } from '#app/kubernetes/api/resources.ts'

import { FakeApiServer } from '../fake-api-server.ts'

test('a kubeconfig leads to a client that works, plain HTTP included', async () => {
  const server = new FakeApiServer()
  await server.listen()
  const folder = mkdtempSync(join(tmpdir(), 'herald-open-'))
  try {
    const file = join(folder, 'config')
    const cluster = { server: `http://127.0.0.1:${server.port}`, 'insecure-skip-tls-verify': true }
    const config = {
      clusters: [{ name: 'c', cluster }],
      users: [{ name: 'u', user: { token: 'x' } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'lb' } }],
      'current-context': 'x',
    }
    writeFileSync(file, JSON.stringify(config))
    const api = await openApi({ file })
    server.put('/api/v1/nodes', { metadata: { name: 'a' } })
    expect(api.namespace).toBe('lb')
    expect(await api.client.list(resources.nodes)).toHaveLength(1)
    api.close()
  } finally {
    rmSync(folder, { recursive: true })
    await server.close()
  }
})
