import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { openKubeconfig } from '#app/kubernetes/api/kubeconfig.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'herald-kubeconfig-'))
})

afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

function kubeconfig(user: object): string {
  const file = join(folder, 'config')
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server: 'https://192.0.2.1:6443', 'tls-server-name': 'api' } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'lb' } }],
    'current-context': 'x',
  }
  writeFileSync(file, JSON.stringify(config))
  return file
}

test('a token goes into the header, the name of the server into TLS', async () => {
  const source = await openKubeconfig({ file: kubeconfig({ token: 'abc' }) })
  expect(source.namespace).toBe('lb')
  const { server, headers, tls } = await source.current()
  expect(server.href).toBe('https://192.0.2.1:6443/')
  expect(headers).toEqual({ authorization: 'Bearer abc' })
  expect(tls).toEqual({ servername: 'api' })
})

test('a rotated token file is read again when the server refuses the old token', async () => {
  const token = join(folder, 'token')
  writeFileSync(token, 'one\n')
  const source = await openKubeconfig({ file: kubeconfig({ tokenFile: 'token' }) })
  expect((await source.current()).headers).toEqual({ authorization: 'Bearer one' })
  writeFileSync(token, 'two\n')
  expect((await source.current()).headers).toEqual({ authorization: 'Bearer one' })
  source.refused()
  expect((await source.current()).headers).toEqual({ authorization: 'Bearer two' })
})

test('a token file counts in the file that KUBECONFIG names too', async () => {
  writeFileSync(join(folder, 'token'), 'one\n')
  vi.stubEnv('KUBECONFIG', kubeconfig({ tokenFile: 'token' }))
  const source = await openKubeconfig()
  expect((await source.current()).headers).toEqual({ authorization: 'Bearer one' })
})

test('an exec plugin is asked for the token, and asked again after a refusal', async () => {
  const count = join(folder, 'count')
  writeFileSync(count, '')
  const script = `echo x >> ${count}; echo '{"kind":"ExecCredential","status":{"token":"'$(wc -l < ${count})'"}}'`
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', args: ['-c', script] }
  const source = await openKubeconfig({ file: kubeconfig({ exec }) })
  expect((await source.current()).headers).toEqual({ authorization: 'Bearer 1' })
  source.refused()
  expect((await source.current()).headers).toEqual({ authorization: 'Bearer 2' })
})

test('a file that is not there and a context that is not in it are named', async () => {
  await expect(openKubeconfig({ file: join(folder, 'none') })).rejects.toThrow(/^kubeconfig .*none: ENOENT/)
  const file = kubeconfig({ token: 'abc' })
  await expect(openKubeconfig({ file, context: 'y' })).rejects.toThrow('found no context y, allowed: x')
})
