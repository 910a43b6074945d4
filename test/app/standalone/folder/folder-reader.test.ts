/* A real folder; every wait is for a condition. */
import { appendFile, mkdir, mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { eventually } from '../../eventually.ts'

import { FolderReader, type FolderTimes } from '#app/standalone/folder/folder-reader.ts'
import { systemClock } from '#app/system.ts'
import { fakeLogger, type LogLine } from '#core/fakes/fake-host.ts'
import { milliseconds } from '#core/model/duration.ts'

let base: string
let folder: string
let reader: FolderReader
let lines: LogLine[]

const service = (name: string, more = '') => `
apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec:
  type: LoadBalancer
  ports: [{ port: 80 }]
${more}---
`

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'herald-folder-'))
  folder = join(base, 'lb')
  await mkdir(join(folder, '.herald'), { recursive: true })
})

afterEach(async () => {
  await reader.stop()
  await rm(base, { recursive: true, force: true })
})

async function read(times: Partial<FolderTimes> = {}) {
  lines = []
  reader = new FolderReader({
    folder,
    stateFolder: join(folder, '.herald'),
    namespace: 'metallb-system',
    clock: systemClock,
    log: fakeLogger(lines),
    times: {
      grace: milliseconds(60),
      graceAfterReturn: milliseconds(60),
      rescanEvery: milliseconds(25),
      ...times,
    },
  })
  await reader.start()
}

const names = () => reader.current().set.services.map(({ metadata }) => metadata.name)
const problems = () =>
  reader.current().set.problems.map(({ file, line, reason }) => `${file}:${line} ${reason}`)
const seen = (...expected: string[]) => eventually(() => expect(names().sort()).toEqual(expected))
const write = (name: string, text: string) => writeFile(join(folder, name), text)

describe.each([
  ['noticing changes', { rescanEvery: milliseconds(60_000) }],
  ['rescanning', {}],
])('a folder, by %s', (_, times) => {
  it('is read whole, then follows files that come, change and go', async () => {
    await write('a.yaml', service('a'))
    await read(times)
    expect(names()).toEqual(['a'])
    await write('b.yml', service('b'))
    await seen('a', 'b')
    await write('b.yml', service('b2') + service('b3'))
    await seen('a', 'b2', 'b3')
    await rm(join(folder, 'a.yaml'))
    await seen('b2', 'b3')
  })

  it('follows folders below it and files that are moved into place', async () => {
    await read(times)
    await mkdir(join(folder, 'team'))
    await writeFile(join(base, 'elsewhere'), service('a'))
    await rename(join(base, 'elsewhere'), join(folder, 'team', 'a.yaml'))
    await seen('a')
    await rename(join(folder, 'team', 'a.yaml'), join(folder, 'a.yaml'))
    await write('b.yaml', service('b'))
    await seen('a', 'b')
    await rm(join(folder, 'team'), { recursive: true })
    await seen('a', 'b')
  })
})

describe('a change', () => {
  it('is seen even when size and time stamps of the file stay the same', async () => {
    await write('a.yaml', service('a'))
    await read({ rescanEvery: milliseconds(60_000) })
    await write('a.yaml', service('b'))
    await seen('b')
  })

  it('by pieces never takes away what the file held before', async () => {
    await write('a.yaml', service('a') + service('b'))
    await read({ grace: milliseconds(60_000) })
    const sets: string[][] = []
    reader.onChange(() => sets.push(names().sort()))
    const text = service('a') + service('b') + service('c')
    await truncate(join(folder, 'a.yaml'))
    for (const line of text.split(/(?<=\n)/)) await appendFile(join(folder, 'a.yaml'), line)
    await seen('a', 'b', 'c')
    for (const set of sets) expect(set).toEqual(expect.arrayContaining(['a', 'b']))
  })
})

describe('a bad file', () => {
  it.each([
    ['binary junk', Buffer.from([0, 255, 254, 1, 2, 3, 0x80]), /^.*bad\.yaml:1 /],
    ['broken YAML', Buffer.from('kind: [unclosed'), /^.*bad\.yaml:\d+ InvalidSyntax$/],
    [
      'a wrong type',
      Buffer.from('apiVersion: v1\nkind: Service\nmetadata: { name: x }\nspec: 7\n'),
      /^.*bad\.yaml:4 WrongType$/,
    ],
  ])('%s is a problem with its place, and nothing else changes', async (_, content, expected) => {
    await write('a.yaml', service('a'))
    await read()
    await writeFile(join(folder, 'bad.yaml'), content)
    await eventually(() => expect(problems()).toHaveLength(1))
    expect(problems()[0]).toMatch(expected)
    expect(names()).toEqual(['a'])
    await rm(join(folder, 'bad.yaml'))
    await eventually(() => expect(problems()).toEqual([]))
  })

  it('of 100 MB is refused without being read', async () => {
    await write('a.yaml', service('a'))
    await read()
    await truncate(join(folder, 'a.yaml'), 0)
    await write('huge.yaml', '')
    await truncate(join(folder, 'huge.yaml'), 100_000_000)
    await eventually(() => expect(problems()).toEqual([`${join(folder, 'huge.yaml')}:1 FileTooLarge`]))
    await write('a.yaml', service('a'))
    await seen('a')
  })

  it('that was good keeps what it said, and says which objects are old', async () => {
    await write('a.yaml', service('a') + service('b'))
    await read()
    await write(
      'a.yaml',
      service('a').replace('80', 'eighty') + service('b', '  externalTrafficPolicy: Local\n'),
    )
    await eventually(() => expect(reader.current().stale).toEqual(['Service default/a']))
    expect(names().sort()).toEqual(['a', 'b'])
    await write('a.yaml', service('a'))
    await eventually(() => expect(reader.current().stale).toEqual([]))
    await seen('a')
  })
})

describe('a folder that goes away', () => {
  const gone = () => eventually(() => expect(reader.current().gone).toBeDefined())
  const back = () => eventually(() => expect(reader.current().gone).toBeUndefined())

  it('leaves everything as it was, says so, and resumes when it returns', async () => {
    await write('a.yaml', service('a'))
    await read()
    await rename(folder, join(base, 'away'))
    await gone()
    expect(reader.current().gone).toContain('ENOENT')
    expect(names()).toEqual(['a'])
    await rename(join(base, 'away'), folder)
    await back()
    await write('b.yaml', service('b'))
    await seen('a', 'b')
    expect(lines.map(({ message }) => message)).toEqual([
      'folder is gone, everything stays as it was',
      'folder is back',
    ])
  })

  it('is recognised when it is removed file by file', async () => {
    await write('a.yaml', service('a'))
    await read({ grace: milliseconds(5000) })
    await rm(folder, { recursive: true })
    await gone()
    expect(names()).toEqual(['a'])
  })

  it('is recognised by the empty mount point it leaves', async () => {
    await write('a.yaml', service('a'))
    await read()
    await rename(folder, join(base, 'away'))
    await mkdir(folder)
    await gone()
    expect(names()).toEqual(['a'])
  })

  it('takes what a new folder of the same name holds', async () => {
    await write('a.yaml', service('a'))
    await read()
    await rename(folder, join(base, 'away'))
    await gone()
    await mkdir(folder)
    await write('b.yaml', service('b'))
    await seen('b')
    await write('c.yaml', service('c'))
    await seen('b', 'c')
  })

  it('may be missing from the start', async () => {
    await rm(folder, { recursive: true })
    await read()
    expect(reader.current().gone).toContain('ENOENT')
    await mkdir(folder)
    await write('a.yaml', service('a'))
    await seen('a')
  })
})
