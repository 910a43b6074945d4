import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { load } from 'js-yaml'
import { describe, expect, it, vi } from 'vitest'

import type { PlanDocument } from '#core/plan/document.ts'

import { expectGolden, goldenRoot } from '../../golden-file.ts'
import { run } from './run.ts'

function inputOf(name: string, file = 'input.yaml'): string {
  return join(goldenRoot, 'plan', name, file)
}

const failover = ['plan', '-f', inputOf('failover')]

describe('herald plan', () => {
  it.each([
    ['guide-l2', 0],
    ['guide-bgp', 0],
    ['guide-requests', 1],
    ['fabric', 0],
    ['bare', 0],
    ['broken', 1],
    ['failover', 0],
  ])('%s: the document and the text are as they were', async (name, status) => {
    const text = await run(['plan', '-f', inputOf(name)])
    const json = await run(['plan', '-f', inputOf(name), '-o', 'json'])
    expectGolden(`plan/${name}/plan.txt`, text.out)
    expectGolden(`plan/${name}/plan.json`, json.out)
    expect([text.status, json.status, text.err, json.err]).toEqual([status, status, '', ''])
  })

  it.each([
    ['down', ['--down', 'node-b', '--down', 'node-c']],
    ['without', ['--without', 'IPAddressPool metallb-system/first']],
    ['then', ['--then', inputOf('failover', 'then.yaml')]],
    ['nothing', ['--without', 'bgppeer/tor', '--then', inputOf('failover')]],
  ])('what if (%s): the changes are as they were', async (name, flags) => {
    const text = await run([...failover, ...flags])
    const json = await run([...failover, ...flags, '-o', 'json'])
    expectGolden(`plan/failover/${name}.txt`, text.out)
    expectGolden(`plan/failover/${name}.json`, json.out)
  })

  it('what if: a fault of the other manifests is shown with the changes, one that was there before is not', async () => {
    const absent = await run([...failover, '--then', '/nowhere/to/be/found.yaml'])
    expect(absent.out).toContain('File /nowhere/to/be/found.yaml  UnreadableFile')
    expect(absent.status).toBe(1)
    const broken = inputOf('broken')
    const old = await run(['plan', '-f', broken, '--then', broken])
    expect(old.out).toContain('Nothing would change')
    expect(old.out).not.toContain('Problems')
  })

  it('the text says what a Service with an address gives up, and what is wrong with its request', async () => {
    const own = 'apiVersion: metallb.io/v1beta1\nmetadata: { name: lan }'
    const service = (name: string, ip: string, annotations = ''): string =>
      `apiVersion: v1\nkind: Service\nmetadata: { name: ${name}, annotations: { ${annotations} } }
spec: { type: LoadBalancer, ports: [{ port: 80 }] }\nstatus: { loadBalancer: { ingress: [{ ip: ${ip} }] } }`
    const stdin = [
      `${own}\nkind: IPAddressPool\nspec: { addresses: [192.0.2.0/29] }`,
      `${own}\nkind: L2Advertisement`,
      service('kept', '192.0.2.1', 'metallb.io/loadBalancerIPs: nonsense'),
      service('moved', '198.51.100.1'),
    ].join('\n---\n')
    const { out } = await run(['plan', '-f', '-'], { stdin })
    expect(out).toContain(
      'default/kept  192.0.2.1 from lan  InvalidRequest: the annotation loadBalancerIPs holds "nonsense"',
    )
    expect(out).toContain('default/moved  192.0.2.0 from lan  Assigned; gives up 198.51.100.1: ')
  })

  it('every field of the documents is described in docs/plan.md', () => {
    const page = readFileSync(join(goldenRoot, '../../docs/plan.md'), 'utf8')
    const documents = ['fabric/plan.json', 'broken/plan.json', 'bare/plan.json', 'failover/then.json']
    const fields = documents.flatMap((file) => [
      ...keysOf(JSON.parse(readFileSync(inputOf('.', file), 'utf8'))),
    ])
    const described = new Set([...page.matchAll(/`[^`\n]+`/g)].flatMap(([code]) => code.match(/\w+/g) ?? []))
    expect([...new Set(fields)].filter((field) => !described.has(field))).toEqual([])
  })

  it('YAML says what JSON says', async () => {
    const yaml = await run(['plan', '-f', inputOf('fabric'), '-o', 'yaml'])
    const json = await run(['plan', '-f', inputOf('fabric'), '-o', 'json'])
    expect(load(yaml.out)).toEqual(JSON.parse(json.out))
  })

  it('reads standard input, and several files', async () => {
    const text = readFileSync(inputOf('bare'), 'utf8')
    const [first, ...others] = text.split('\n---\n')
    const piped = await run(['plan', '-f', '-'], { stdin: text })
    expect(piped.out).toBe(readFileSync(inputOf('bare', 'plan.txt'), 'utf8'))
    const split = await run(['plan', '-f', '-', inputOf('guide-bgp')], { stdin: others.join('\n---\n') })
    expect(first).toContain('IPAddressPool')
    expect(split.out).toContain('default/metallb-demo')
    expect(split.out).toContain('default/kept')
  })

  it('uses escape sequences on a terminal only', async () => {
    const escape = '\u001b['
    expect((await run(failover)).out).not.toContain(escape)
    expect((await run(failover, { isTTY: true })).out).toContain(escape)
    expect((await run([...failover, '-o', 'json'], { isTTY: true })).out).not.toContain(escape)
  })

  it.each<[string, string[], (plan: PlanDocument) => unknown, unknown]>([
    [
      '--lb-class serves that class only',
      ['--lb-class', 'example.com/lb'],
      ({ services }) => services.length,
      0,
    ],
    [
      '--namespace honours our kinds there only',
      ['--namespace', 'elsewhere'],
      ({ services }) => new Set(services.map(({ reason }) => reason)),
      new Set(['NoPools']),
    ],
    [
      '--ignore-exclude-lb announces from excluded nodes',
      ['--ignore-exclude-lb'],
      ({ services }) =>
        services
          .flatMap(({ announcements }) => announcements.flatMap(({ nodes }) => nodes))
          .includes('node-e'),
      true,
    ],
  ])('%s', async (_, flags, view, expected) => {
    const { out } = await run(['plan', '-f', inputOf('fabric'), '-o', 'json', ...flags])
    expect(view(JSON.parse(out) as PlanDocument)).toEqual(expected)
  })

  it('--election and --l2-candidates change who wins', async () => {
    const manifests = [
      'apiVersion: metallb.io/v1beta1\nkind: IPAddressPool\nmetadata: {name: p, namespace: metallb-system}\nspec: {addresses: [192.0.2.0/28]}',
      'apiVersion: metallb.io/v1beta1\nkind: L2Advertisement\nmetadata: {name: lan, namespace: metallb-system}',
      ...['a', 'b'].map(
        (name) =>
          `apiVersion: v1\nkind: Node\nmetadata: {name: ${name}}\nstatus: {conditions: [{type: Ready, status: "${name === 'a' ? 'True' : 'False'}"}]}`,
      ),
      ...Array.from(
        { length: 12 },
        (_, index) =>
          `apiVersion: v1\nkind: Service\nmetadata: {name: s${index}}\nspec: {type: LoadBalancer, ports: [{port: 80}]}`,
      ),
    ].join('\n---\n')
    const winners = async (...flags: string[]): Promise<Set<string | undefined>> => {
      const { out } = await run(['plan', '-f', '-', '-o', 'json', ...flags], { stdin: manifests })
      const { services } = JSON.parse(out) as PlanDocument
      return new Set(services.map(({ announcements }) => announcements[0]?.nodes[0]))
    }
    expect(await winners()).toEqual(new Set(['a']))
    expect(await winners('--l2-candidates', 'metallb')).toEqual(new Set(['a', 'b']))
    expect(await winners('--l2-candidates', 'metallb', '--election', 'stable')).toEqual(new Set(['a', 'b']))
  })

  it('neither manifests nor a cluster is a usage error', async () => {
    vi.stubEnv('HOME', '/nonexistent')
    vi.stubEnv('KUBECONFIG', '')
    const { status, err } = await run(['plan'])
    vi.unstubAllEnvs()
    expect(err).toContain(
      'found no kubeconfig and no cluster around this process; give -f, --kubeconfig or KUBECONFIG',
    )
    expect(status).toBe(2)
  })

  it.each([
    ['an unknown format', [...failover, '-o', 'xml'], 'Allowed choices are text, json, yaml.'],
    ['a backend that is not there', [...failover, '--bgp-backend', 'bird'], 'Allowed: native-bgp'],
    ['a misspelt backend', [...failover, '--bgp-backend', 'native-gbp'], 'did you mean "native-bgp"?'],
    [
      'an unknown node',
      [...failover, '--down', 'node-x'],
      '--down node-x: no such node; there are node-a, node-b or node-c',
    ],
    [
      'an unknown object',
      [...failover, '--without', 'Node node-x'],
      'no Node node-x in the input; did you mean "Node node-a"?',
    ],
  ])('%s is a usage error', async (_, args, message) => {
    const { status, err, out } = await run(args)
    expect(err).toContain(message)
    expect([status, out]).toEqual([2, ''])
  })

  it('a file that is not there is a problem of the input, and the document is printed all the same', async () => {
    const { status, out } = await run(['plan', '-f', '/nonexistent/x.yaml', '-o', 'json'])
    const { kind, problems } = JSON.parse(out) as PlanDocument
    expect([status, kind, problems.map(({ reason }) => reason)]).toEqual([1, 'Plan', ['UnreadableFile']])
  })

  it('blames an object that the reader refused once, and nobody who names it', async () => {
    const stdin = `
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: { name: lan, namespace: metallb-system }
spec: { adresses: [192.0.2.0/28] }
---
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: { name: tor, namespace: metallb-system }
spec: { myASN: 64500, peerASN: many, peerAddress: 10.9.0.1, bfdProfile: fast }
---
apiVersion: metallb.io/v1beta1
kind: BGPAdvertisement
metadata: { name: fabric, namespace: metallb-system }
spec: { ipAddressPools: [lan], peers: [tor] }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: default, annotations: { metallb.io/address-pool: lan } }
spec: { type: LoadBalancer, ports: [{ port: 80 }] }
status: { loadBalancer: { ingress: [{ ip: 192.0.2.3 }] } }
`
    const { out, status } = await run(['plan', '-f', '-', '-o', 'json'], { stdin })
    const { services, problems } = JSON.parse(out) as PlanDocument
    expect(problems.map(({ object }) => object)).toEqual(
      expect.not.arrayContaining(['BGPAdvertisement metallb-system/fabric', 'Service default/web']),
    )
    expect(new Set(problems.map(({ object }) => object))).toEqual(
      new Set(['IPAddressPool metallb-system/lan', 'BGPPeer metallb-system/tor']),
    )
    expect(services).toMatchObject([{ pool: 'lan', addresses: ['192.0.2.3'], reason: 'PoolFaulty' }])
    expect(status).toBe(1)
  })
})

function keysOf(value: unknown): Set<string> {
  if (typeof value !== 'object' || value === null) return new Set()
  const own = Array.isArray(value) ? [] : Object.keys(value)
  return new Set([...own, ...Object.values(value).flatMap((part) => [...keysOf(part)])])
}
