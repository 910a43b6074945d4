import { join } from 'node:path'

import { load } from 'js-yaml'
import { describe, expect, it } from 'vitest'

import { expectGolden, goldenRoot } from '../../golden-file.ts'
import { run } from './run.ts'

function inputOf(name: string): string {
  return join(goldenRoot, 'plan', name, 'input.yaml')
}

describe('herald explain', () => {
  it.each([
    ['guide-l2', 'svc/default/metallb1-cluster', 0],
    ['guide-bgp', 'svc/default/metallb-demo', 0],
    ['guide-requests', 'svc/default/out-of-reach', 1],
    ['fabric', 'svc/shop/web', 0],
    ['fabric', 'svc/shop/idle', 1],
    ['broken', 'svc/default/typo', 1],
    ['failover', 'svc/default/api', 0],
    ['bare', 'svc/default/internal', 1],
  ])('%s, %s: walks the chain as it did', async (name, service, status) => {
    const text = await run(['explain', service, '-f', inputOf(name)])
    const json = await run(['explain', service, '-f', inputOf(name), '-o', 'json'])
    const file = `explain/${name}-${service.split('/').at(-1)}`
    expectGolden(`${file}.txt`, text.out)
    expectGolden(`${file}.json`, json.out)
    expect([text.status, json.status, text.err]).toEqual([status, status, ''])
  })

  it.each(['service/default/metallb-demo', 'default/metallb-demo', 'metallb-demo'])(
    'understands %s as the same Service',
    async (service) => {
      const expected = await run(['explain', 'svc/default/metallb-demo', '-f', inputOf('guide-bgp')])
      expect((await run(['explain', '-f', inputOf('guide-bgp'), service])).out).toBe(expected.out)
    },
  )

  it('takes several paths after one -f, or each after its own, wherever the Service stands', async () => {
    const [name, a, b] = ['svc/default/metallb-demo', inputOf('guide-bgp'), inputOf('guide-l2')]
    const expected = await run(['explain', name, '-f', a, '-f', b])
    expect(expected.status).toBe(0)
    for (const args of [
      [name, '-f', a, b],
      ['-f', a, b, name],
      ['-f', a, '-f', b, name],
      ['-f', a, b, '-o', 'text', name],
    ]) {
      expect(await run(['explain', ...args])).toEqual(expected)
    }
  })

  it.each([[[]], [['-f', inputOf('guide-bgp')]]])(
    'asks for the Service where %j names none',
    async (args) => {
      const { status, err } = await run(['explain', ...args])
      expect([status, err]).toEqual([2, "error: missing required argument 'service': svc/NAMESPACE/NAME\n"])
    },
  )

  it('YAML says what JSON says', async () => {
    const args = ['explain', 'svc/shop/web', '-f', inputOf('fabric')]
    const yaml = await run([...args, '-o', 'yaml'])
    expect(load(yaml.out)).toEqual(JSON.parse((await run([...args, '-o', 'json'])).out))
  })

  it('does not say that no node may announce where the input names no node', async () => {
    const pool = 'apiVersion: metallb.io/v1beta1\nkind: IPAddressPool\nmetadata: {name: first}\n'
    const stdin = [
      `${pool}spec: {addresses: [192.0.2.0/29]}\n`,
      'apiVersion: metallb.io/v1beta1\nkind: L2Advertisement\nmetadata: {name: lan}\n',
      'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {type: LoadBalancer, ports: [{port: 80}]}\n',
    ].join('---\n')
    const { status, out } = await run(['explain', 'svc/default/web', '-f', '-'], { stdin })
    expect(out).toContain('→ 192.0.2.0  some node  L2Advertisement metallb-system/lan')
    expect(out).not.toContain('NoCandidate')
    expect(status).toBe(0)
  })

  it('obeys the flags that change decisions', async () => {
    const { out } = await run([
      'explain',
      'svc/default/api',
      '-f',
      inputOf('failover'),
      '--lb-class',
      'example.com/lb',
      '-o',
      'json',
    ])
    expect(JSON.parse(out)).toMatchObject({ cause: { reason: 'ClassMismatch' } })
  })

  it.each([
    ['a Service that is not there', ['svc/default/apo'], 'did you mean "svc/default/api"?'],
    ['something that is no Service', ['svc/a/b/c'], 'no Service svc/a/b/c in the input'],
    ['no Service', [], "missing required argument 'service'"],
  ])('%s is a usage error', async (_, args, message) => {
    const { status, err, out } = await run(['explain', ...args, '-f', inputOf('failover')])
    expect(err).toContain(message)
    expect([status, out]).toEqual([2, ''])
  })
})
