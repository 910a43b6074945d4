import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { validate, validateCommand, type ValidateOptions } from '#app/cli/validate.ts'

const defaults: Omit<ValidateOptions, 'filename'> = {
  output: 'text',
  namespace: 'metallb-system',
  bgpBackend: 'native-bgp',
  l2Candidates: 'herald',
  election: 'hash',
  ignoreExcludeLb: false,
}

const pool = (name: string, ...addresses: readonly string[]): string =>
  `apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata:
  name: ${name}
  namespace: metallb-system
spec:
  addresses:
${addresses.map((address) => `  - ${address}\n`).join('')}`

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'herald-validate-'))
})

afterEach(() => rmSync(folder, { recursive: true }))

interface Run {
  readonly status: 0 | 1
  readonly out: readonly string[]
  readonly err: readonly string[]
}

async function run(
  files: Readonly<Record<string, string>>,
  options: Partial<ValidateOptions> = {},
): Promise<Run> {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const written = { out: '', err: '' }
  const status = await validate(
    { ...defaults, filename: [folder], ...options },
    {
      stdin: Readable.from([Buffer.from(pool('from-stdin', '192.0.2.0/33'))]),
      isTTY: false,
      out: (text) => void (written.out += text),
      err: (text) => void (written.err += text),
    },
  )
  const linesOf = (text: string): string[] =>
    text
      .replaceAll(folder, 'DIR')
      .split('\n')
      .filter((line) => line !== '')
  return { status, out: linesOf(written.out), err: linesOf(written.err) }
}

describe('herald validate', () => {
  it('says nothing but the count when nothing is wrong, with status 0', async () => {
    const deployment = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\n'
    expect(await run({ 'a.yaml': pool('a', '192.0.2.0/28'), 'web.yaml': deployment })).toEqual({
      status: 0,
      out: [],
      err: ['no problems in 1 object; not looked at: 1 apps/v1 Deployment'],
    })
  })

  it('prints faults of reading and of the objects together by file and line, with status 1', async () => {
    const { status, out, err } = await run({
      'b.yaml': `${pool('b', '192.0.2.8-192.0.2.20', 'nonsense')}---\nbroken: [\n`,
      'a.yaml': `${pool('a', '192.0.2.0/28')}  autoAsign: false\n---\n${pool('c', '192.0.2.0/24')}`,
      'c.yaml': '',
    })
    expect(status).toBe(1)
    expect(out.map((line) => line.replace(/: (found|overlaps).*/, ''))).toEqual([
      'DIR/a.yaml:9: IPAddressPool metallb-system/a spec.autoAsign',
      'DIR/a.yaml:18: IPAddressPool metallb-system/c spec.addresses[0]',
      'DIR/b.yaml:9: IPAddressPool metallb-system/b spec.addresses[1]',
      'DIR/b.yaml:11: deficient indentation (column 10)',
    ])
    expect(out[0]).toContain('did you mean "autoAssign"?')
    expect(err).toEqual(['DIR/c.yaml: note: holds no objects', '4 problems in 3 objects'])
  })

  it('finds what the other rules say of an object that its schema refuses', async () => {
    const advertisement = `apiVersion: metallb.io/v1beta1
kind: BGPAdvertisement
metadata: { name: fabric, namespace: metallb-system }
spec:
  localPref: -1
  aggregationLength: 33
  ipAddressPoolSelectors: [{ matchLabels: { tier: gold } }]
`
    const selective = `${pool('wide', '192.0.2.0/24', 'nonsense')}  serviceAllocation:
    serviceSelectors: [{ matchExpressions: [{ key: a, operator: Has }] }]
`
    const { status, out, err } = await run({ 'all.yaml': `${advertisement}---\n${selective}` })
    expect(status).toBe(1)
    expect(out.map((line) => /^DIR\/all\.yaml:(\d+): \S+ \S+ (\S+):/.exec(line)?.slice(1).join(' '))).toEqual(
      [
        '5 spec.localPref',
        '6 spec.aggregationLength',
        '7 spec.ipAddressPoolSelectors',
        '17 spec.addresses[1]',
        '19 spec.serviceAllocation.serviceSelectors[0].matchExpressions[0].operator',
      ],
    )
    expect(err).toEqual(['5 problems in 2 objects'])
  })

  it('leaves out no more than the schema refuses: the other items of a list are judged, at their own places', async () => {
    const peer = `apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata:
  name: tor
  namespace: metallb-system
  labels:
    rack: 7
spec:
  myASN: "64500"
  peerASN: 64501
  peerAddress: router
`
    const { out } = await run({
      'all.yaml': `${pool('mixed', 'nonsense', '5', '192.0.2.0/33', '192.0.2.0/24')}---\n${peer}`,
    })
    expect(out.map((line) => /^DIR\/all\.yaml:(\d+): \S+ \S+ (\S+):/.exec(line)?.slice(1).join(' '))).toEqual(
      [
        '8 spec.addresses[0]',
        '9 spec.addresses[1]',
        '10 spec.addresses[2]',
        '19 metadata.labels.rack',
        '21 spec.myASN',
        '23 spec.peerAddress',
      ],
    )
  })

  it('finds what a Service asks for in vain, though its schema refuses it', async () => {
    const web = `apiVersion: v1
kind: Service
metadata:
  name: web
  annotations:
    metallb.io/address-pools: lan
spec:
  type: LoadBalancer
  loadBalancerIP: 192.0.2.300
  ports:
  - port: 0
`
    const { out } = await run({ 'all.yaml': `${pool('lan', '192.0.2.0/24')}---\n${web}` })
    expect(out.map((line) => /^DIR\/all\.yaml:(\d+): \S+ \S+ (\S+):/.exec(line)?.slice(1).join(' '))).toEqual(
      [
        '15 metadata.annotations["metallb.io/address-pools"]',
        '18 spec.loadBalancerIP',
        '20 spec.ports[0].port',
      ],
    )
  })

  it('does not blame two objects that meet only for want of what the schema refused', async () => {
    const peer = (name: string, selector: string): string => `apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: { name: ${name}, namespace: metallb-system }
spec:
  myASN: 64500
  peerASN: 64501
  peerAddress: 192.0.2.1
  nodeSelectors: [${selector}]
`
    const { out } = await run({
      'peers.yaml': `${peer('a', '{ matchLabels: { rack: a } }')}---\n${peer('b', '{ matchLabel: { rack: b } }')}`,
    })
    expect(out).toHaveLength(1)
    expect(out[0]).toContain('BGPPeer metallb-system/b spec.nodeSelectors[0].matchLabel')
  })

  it('reads standard input', async () => {
    const { status, out } = await run({}, { filename: ['-'] })
    expect(status).toBe(1)
    expect(out[0]).toMatch(
      /^-:8: IPAddressPool metallb-system\/from-stdin spec\.addresses\[0\]: found "192\.0\.2\.0\/33"/,
    )
  })

  it('prints annotations for GitHub, with what its syntax reserves escaped', async () => {
    const peer =
      'apiVersion: metallb.io/v1beta2\nkind: BGPPeer\nmetadata: { name: p, namespace: metallb-system }\nspec:\n  myASN: 1\n  peerAddress: 192.0.2.1\n  dynamicASN: "a%b"\n'
    const { out, err } = await run({ 'p,1.yaml': peer, 'empty.yaml': '' }, { output: 'github' })
    expect(out).toEqual([
      '::error file=DIR/p%2C1.yaml,line=7,title=InvalidValue::BGPPeer metallb-system/p spec.dynamicASN: found "a%25b", allowed: "internal" or "external"',
      '::notice file=DIR/empty.yaml::holds no objects',
    ])
    expect(err).toEqual(['1 problem in 1 object'])
  })

  it('judges by the namespace and the backend that are asked for', async () => {
    const files = { 'a.yaml': pool('a', '192.0.2.0/28') }
    expect((await run(files, { namespace: 'lb' })).out).toEqual([
      expect.stringMatching(
        /^DIR\/a\.yaml:5: IPAddressPool metallb-system\/a metadata\.namespace: found "metallb-system"/,
      ),
    ])
  })

  it('is a command that wants at least one path and knows its output formats', async () => {
    const parse = async (...args: readonly string[]): Promise<void> => {
      const command = validateCommand()
        .exitOverride()
        .configureOutput({ writeErr: () => {} })
      await command.parseAsync(args, { from: 'user' })
    }
    await expect(parse()).rejects.toThrow("required option '-f, --filename <path...>' not specified")
    await expect(parse('-f', 'x', '-o', 'xml')).rejects.toThrow(
      "argument 'xml' is invalid. Allowed choices are text, github.",
    )
  })
})
