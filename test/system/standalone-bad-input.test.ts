/* Whatever is put into the folder: the exact fault in status and log, and everything else stays announced. */
import { truncateSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import type { PlacedProblem } from '#app/node/view/node-view.ts'
import { bundleProgram, type Program } from './program.ts'
import { Cluster, l2Advertisement, pool, service } from './standalone-cluster.ts'

let program: Program
let cluster: Cluster
let address: string

/** One Herald through all of it: what one fault breaks, the next test would notice. */
beforeAll(async () => {
  program = await bundleProgram()
  cluster = await Cluster.make(program)
  await cluster.put('pools.yaml', pool('lan', '192.168.10.0/24'), l2Advertisement('lan'))
  await cluster.put('web.yaml', service('web'))
  cluster.start('node1')
  await cluster.ready('node1')
  const [first = ''] = await cluster.addresses('default/web', ['node1'])
  address = first
  await cluster.owner(address, ['node1'])
})
afterAll(async () => {
  await cluster.dispose()
  program.remove()
})

const text = (object: object): string => JSON.stringify(object)
const bgpPeer = (name: string): object => ({
  apiVersion: 'metallb.io/v1beta2',
  kind: 'BGPPeer',
  metadata: { name, namespace: 'metallb-system' },
  spec: { myASN: 64512, peerASN: 64513, peerAddress: '192.168.11.100' },
})
const bgpAdvertisement = (spec: object): object => ({
  apiVersion: 'metallb.io/v1beta1',
  kind: 'BGPAdvertisement',
  metadata: { name: 'fabric', namespace: 'metallb-system' },
  spec,
})
const more = (object: object, spec: object): object => ({ ...object, spec })

interface Bad {
  readonly what: string
  readonly content: string | Uint8Array
  readonly problem: Partial<PlacedProblem>
}

const table: readonly Bad[] = [
  {
    what: 'an unknown field',
    content: text(more(pool('x'), { addresses: ['198.51.100.0/24'], addresess: [] })),
    problem: {
      object: 'IPAddressPool metallb-system/x',
      field: 'spec.addresess',
      reason: 'UnknownField',
    },
  },
  {
    what: 'a wrong type',
    content: text(more(pool('x'), { addresses: '198.51.100.0/24' })),
    problem: { object: 'IPAddressPool metallb-system/x', field: 'spec.addresses', reason: 'WrongType' },
  },
  {
    what: 'overlapping pools',
    content: text(pool('x', '192.168.10.128/25')),
    problem: {
      object: 'IPAddressPool metallb-system/x',
      field: 'spec.addresses[0]',
      reason: 'OverlappingAddresses',
    },
  },
  {
    what: 'a bad CIDR',
    content: text(pool('x', '198.51.100.0/33')),
    problem: {
      object: 'IPAddressPool metallb-system/x',
      field: 'spec.addresses[0]',
      reason: 'InvalidAddress',
    },
  },
  {
    what: 'a duplicate object',
    content: text(pool('lan', '198.51.100.0/24')),
    problem: { object: 'IPAddressPool metallb-system/lan', field: '', reason: 'DuplicateObject' },
  },
  {
    what: 'an unknown peer',
    content: [bgpPeer('tor'), bgpAdvertisement({ peers: ['tor-2'] })].map(text).join('\n---\n'),
    problem: {
      object: 'BGPAdvertisement metallb-system/fabric',
      field: 'spec.peers[0]',
      reason: 'UnknownPeer',
    },
  },
  {
    what: 'an unknown pool',
    content: text(l2Advertisement('x', { ipAddressPools: ['nowhere'] })),
    problem: {
      object: 'L2Advertisement metallb-system/x',
      field: 'spec.ipAddressPools[0]',
      reason: 'UnknownPool',
    },
  },
  {
    what: 'binary junk',
    content: Uint8Array.from({ length: 4096 }, (_, n) => (n * 151) % 256),
    problem: { field: '', reason: 'NotText' },
  },
  {
    what: 'broken YAML',
    content: 'apiVersion: v1\nkind: Service\nmetadata: {name: x\n',
    problem: { field: '', reason: 'InvalidSyntax' },
  },
]

const problems = () => cluster.view('node1')?.problems ?? []
const logged = (message: string, fields: object) =>
  cluster.herald('node1').lines.some((line) => {
    const entry = JSON.parse(line) as Record<string, unknown>
    return entry['msg'] === message && Object.entries(fields).every(([name, value]) => entry[name] === value)
  })

afterEach(async () => {
  await rm(join(cluster.folder, 'zz.yaml'), { force: true })
  await cluster.until('the problems to be gone', () => problems().length === 0)
})

/** Of Herald's resident memory since it started, kB. */
async function peakMemory(): Promise<number> {
  const { stdout } = await cluster.client.exec([
    'grep',
    'VmHWM',
    `/proc/${cluster.herald('node1').pid}/status`,
  ])
  return Number(/\d+/.exec(stdout)?.[0])
}

async function stillServed() {
  expect(cluster.serving('node1', address)).toBe(true)
  expect(await cluster.answerers(address)).toEqual([cluster.lab.node('node1').mac()])
}

describe('in the folder', () => {
  it.each(table)(
    '$what is told exactly, and everything else stays announced',
    async ({ content, problem }) => {
      await cluster.write('zz.yaml', content)
      const found = await cluster.until('the problem', () => problems().length > 0 && problems())
      expect(found).toEqual([expect.objectContaining({ ...problem, file: join(cluster.folder, 'zz.yaml') })])
      const { object, field, reason, message, line } = found[0]!
      expect(line).toBeGreaterThan(0)
      await cluster.until('the log line', () =>
        logged('problem', { reason, message, ...(field === '' ? {} : { field }) }),
      )
      const { stdout, code } = await cluster.run('status', cluster.folder)
      expect(code).toBe(1)
      expect(stdout).toContain(`${object}${field === '' ? '' : ` ${field}`}: ${reason}: ${message}`)
      await stillServed()
      await cluster.remove('zz.yaml')
      await cluster.until(
        'the problem to be solved',
        () => problems().length === 0 && logged('problem solved', { reason }),
      )
    },
  )

  it('an empty file is no fault, and is told', async () => {
    await cluster.write('zz.yaml', '')
    await cluster.until('the note', () =>
      cluster.view('node1')?.notes.includes(`${join(cluster.folder, 'zz.yaml')}: holds no objects`),
    )
    expect(problems()).toEqual([])
    await stillServed()
  })

  it('a file of 100 MB is refused unread', async () => {
    const before = await peakMemory()
    await cluster.write('zz.yaml', '')
    truncateSync(join(cluster.folder, 'zz.yaml'), 100_000_000)
    await cluster.until('the problem', () => problems().some(({ reason }) => reason === 'FileTooLarge'))
    await stillServed()
    expect((await peakMemory()) - before).toBeLessThan(50_000)
  })

  it('a good file that breaks keeps what it said', async () => {
    await cluster.write('web.yaml', text(service('web')).slice(0, -20))
    await cluster.until('the fault', () => problems().some(({ reason }) => reason === 'InvalidSyntax'))
    expect(problems()).toContainEqual(
      expect.objectContaining({ object: 'Service default/web', reason: 'LastGoodUsed' }),
    )
    await stillServed()
    await cluster.put('web.yaml', service('web'))
    await cluster.until('the fault to be gone', () => problems().length === 0)
    await stillServed()
  })
})

describe('the folder itself', () => {
  it('may disappear and come back: everything stays as it was', async () => {
    const away = `${cluster.folder}-away`
    await rename(cluster.folder, away)
    const herald = cluster.herald('node1')
    await cluster.until('the log line', () =>
      herald.lines.some((line) => /ENOENT.*folder is gone, everything stays as it was/.test(line)),
    )
    expect(await cluster.answerers(address)).toEqual([cluster.lab.node('node1').mac()])
    await mkdir(cluster.folder)
    await rename(away, cluster.folder)
    await herald.waitForLine(/"msg":"folder is back"/)
    await cluster.put('db.yaml', service('db'))
    const [second = ''] = await cluster.addresses('default/db', ['node1'])
    await cluster.owner(second, ['node1'])
    expect(await cluster.addresses('default/web', ['node1'])).toEqual([address])
    await stillServed()
  })
})
