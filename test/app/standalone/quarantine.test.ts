import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, it } from 'vitest'

import { Quarantine } from '#app/standalone/quarantine.ts'
import { FakeClock } from '#core/fakes/fake-clock.ts'
import { fakeLogger, type LogLine } from '#core/fakes/fake-host.ts'
import type { Address } from '#core/model/address.ts'
import { milliseconds, seconds } from '#core/model/duration.ts'

import { eventually } from '../eventually.ts'

const lasts = seconds(60)
const found = (n: number) => ({
  address: `192.0.2.${n}` as Address,
  hardwareAddress: '02:00:00:00:00:99',
  via: 'eth0',
  node: 'node-a',
})

let stateFolder: string
beforeEach(async () => {
  stateFolder = await mkdtemp(join(tmpdir(), 'herald-quarantine-'))
})
afterEach(() => rm(stateFolder, { recursive: true, force: true }))

/** One of the processes that share the folder. */
function process(unique: string) {
  const clock = new FakeClock()
  const date = (): Date => new Date(1e12 + clock.now())
  const lines: LogLine[] = []
  const quarantine = new Quarantine({ stateFolder, lasts, unique, clock, date, log: fakeLogger(lines) })
  let told = 0
  quarantine.onChange(() => void told++)
  const marks = (): readonly string[] => quarantine.current().map(({ address }) => address)
  return { quarantine, clock, marks, lines, told: () => told }
}

const written = async (): Promise<readonly string[]> => {
  const text = await readFile(join(stateFolder, 'quarantine.json'), 'utf8')
  return (JSON.parse(text) as { addresses: { address: string }[] }).addresses.map(({ address }) => address)
}

it('is known to whoever allocates next, however long that process has been there', async () => {
  const [a, b] = [process('a'), process('b')]
  await a.quarantine.hold(true)
  await b.quarantine.hold(false)
  a.quarantine.add(found(1))
  await a.quarantine.stop()
  expect(b.marks()).toEqual([])
  await b.quarantine.hold(true)
  expect(b.marks()).toEqual(['192.0.2.1'])
  await b.clock.advance(milliseconds(10))
  expect(b.told()).toBe(1)
})

it('is forgotten, and left as it is written, by a process that allocates no more', async () => {
  const [a, b] = [process('a'), process('b')]
  await a.quarantine.hold(true)
  a.quarantine.add(found(1))
  await a.quarantine.hold(true)
  await a.quarantine.hold(false)
  expect(a.marks()).toEqual([])
  await b.quarantine.hold(true)
  b.quarantine.add(found(2))
  await b.quarantine.hold(true)
  await a.clock.advance(seconds(120))
  await a.quarantine.stop()
  expect(await written()).toEqual(['192.0.2.1', '192.0.2.2'])
})

it('of hundreds of addresses at once is one change, when it begins and when it ends', async () => {
  const { quarantine, clock, marks, told } = process('a')
  await quarantine.hold(true)
  for (let n = 0; n < 200; n++) quarantine.add(found(n))
  expect(marks()).toHaveLength(200)
  expect(told()).toBe(0)
  await clock.advance(milliseconds(10))
  expect(told()).toBe(1)
  await eventually(async () => expect(await written()).toHaveLength(200))
  await clock.advance(lasts)
  expect(marks()).toEqual([])
  expect(told()).toBe(2)
  await eventually(async () => expect(await written()).toEqual([]))
})

it.each([
  ['{"format": 2, "addresses": []}', 'format: found 2, allowed: 1'],
  ['{"format": 1}', 'addresses: allowed: a list'],
  [
    '{"format": 1, "addresses": [{"address": "192.0.2.300"}]}',
    'addresses[0]: found {"address":"192.0.2.300"}',
  ],
  ['{"format": 1, "addr', 'JSON'],
])('says that %s is of no use, and why', async (text, why) => {
  await writeFile(join(stateFolder, 'quarantine.json'), text)
  const { quarantine, lines, marks } = process('a')
  await quarantine.hold(true)
  expect(marks()).toEqual([])
  expect(lines).toMatchObject([{ level: 'warn', fields: { cause: expect.stringContaining(why) as string } }])
  quarantine.add(found(1))
  await quarantine.stop()
  expect(await written()).toEqual(['192.0.2.1'])
})

it('says nothing of a file that is not there yet', async () => {
  const { quarantine, lines } = process('a')
  await quarantine.hold(true)
  expect(lines).toEqual([])
})
