import { execFile, execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { listFolder, loadFile, loadManifests } from '#app/manifests/load.ts'
import type { ManifestSet } from '#app/manifests/merge.ts'

const node = (name: string): string => `apiVersion: v1\nkind: Node\nmetadata: { name: ${name} }\n`

let folder: string
const at = (...names: string[]): string => join(folder, ...names)

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'herald-load-'))
})

afterEach(() => rmSync(folder, { recursive: true }))

function nodes(set: ManifestSet): string[] {
  return (set.nodes ?? []).map((node) => node.metadata.name)
}

function problems(set: ManifestSet): string[] {
  return set.problems.map(
    ({ file, object, reason, message }) =>
      `${file.replace(folder, 'DIR')}: ${object.replace(folder, 'DIR')} ${reason} ${message.replaceAll(folder, 'DIR')}`,
  )
}

/** Root may read everything. */
async function asNobody<Result>(task: () => Promise<Result>): Promise<Result> {
  const isRoot = process.geteuid?.() === 0
  if (isRoot) process.seteuid?.(65_534)
  try {
    return await task()
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
}

describe('loading from paths', () => {
  it('reads folders at any depth by name, and only manifests that are not hidden', async () => {
    mkdirSync(at('b'))
    mkdirSync(at('.herald'))
    mkdirSync(at('..data'))
    for (const name of [
      'c.yaml',
      'a.yml',
      'b/z.json.yaml',
      '.hidden.yaml',
      '.herald/status.yaml',
      '..data/x.yaml',
      'x.yaml~',
      'notes.txt',
    ])
      writeFileSync(at(name), node(name.replaceAll(/[^a-z]/g, '')))
    writeFileSync(
      at('b', 'y.json'),
      JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'byjson' } }),
    )
    const set = await loadManifests([folder])
    expect(problems(set)).toEqual([])
    expect(nodes(set)).toEqual(['ayml', 'byjson', 'bzjsonyaml', 'cyaml'])
  })

  it('follows a linked file, as a mounted ConfigMap has them', async () => {
    mkdirSync(at('..data'))
    writeFileSync(at('..data', 'node.yaml'), node('linked'))
    symlinkSync(join('..data', 'node.yaml'), at('node.yaml'))
    expect(nodes(await loadManifests([folder]))).toEqual(['linked'])
  })

  it('reads a file that is named whatever its extension, and once however often it is named', async () => {
    writeFileSync(at('nodes.yaml'), node('a'))
    writeFileSync(at('other.txt'), node('b'))
    const set = await loadManifests([folder, at('nodes.yaml'), at('other.txt'), at('other.txt')])
    expect([nodes(set), problems(set)]).toEqual([['a', 'b'], []])
  })

  it('reads standard input for a dash, and files beside it', async () => {
    writeFileSync(at('nodes.yaml'), node('a'))
    const stdin = Readable.from([Buffer.from(node('b').slice(0, 7)), Buffer.from(node('b').slice(7))])
    const set = await loadManifests(['-', at('nodes.yaml')], { stdin })
    expect([nodes(set), problems(set)]).toEqual([['b', 'a'], []])
    expect(set.locate('Node b')).toEqual({ file: '-', line: 1 })
  })
})

describe('what cannot be read', () => {
  it('is one problem each, and the rest is read', async () => {
    writeFileSync(at('good.yaml'), node('a'))
    symlinkSync('nowhere', at('dangling.yaml'))
    symlinkSync('loop.yaml', at('loop.yaml'))
    const set = await loadManifests([at('missing'), folder])
    expect(nodes(set)).toEqual(['a'])
    expect(problems(set)).toEqual([
      'DIR/missing: File DIR/missing UnreadableFile found ENOENT: no such file or directory, allowed: a readable file or folder',
      'DIR/dangling.yaml: File DIR/dangling.yaml UnreadableFile found ENOENT: no such file or directory, allowed: a readable file or folder',
      'DIR/loop.yaml: File DIR/loop.yaml UnreadableFile found ELOOP: too many symbolic links encountered, allowed: a readable file or folder',
    ])
  })

  it('tells of a file that exists and fails when it is read', async () => {
    symlinkSync('/proc/self/mem', at('mem.yaml'))
    expect(problems(await loadManifests([folder]))).toEqual([
      'DIR/mem.yaml: File DIR/mem.yaml UnreadableFile found EIO: i/o error, allowed: a readable file or folder',
    ])
  })

  it('tells of a folder that is gone', async () => {
    const { files, unreadable } = await listFolder(at('gone'))
    expect(files).toEqual([])
    expect(unreadable.map(({ name, problems }) => [name, problems[0]?.reason])).toEqual([
      [at('gone'), 'UnreadableFile'],
    ])
  })

  it('tells of a folder and a file without permission', async () => {
    chmodSync(folder, 0o755)
    mkdirSync(at('closed'), { mode: 0 })
    writeFileSync(at('closed.yaml'), node('a'), { mode: 0 })
    writeFileSync(at('open.yaml'), node('b'))
    const set = await asNobody(() => loadManifests([folder]))
    expect(nodes(set)).toEqual(['b'])
    expect(problems(set)).toEqual([
      'DIR/closed: File DIR/closed UnreadableFile found EACCES: permission denied, allowed: a readable file or folder',
      'DIR/closed.yaml: File DIR/closed.yaml UnreadableFile found EACCES: permission denied, allowed: a readable file or folder',
    ])
  })

  it('does not wait for the writer of a FIFO in a folder, and reads the others', async () => {
    execFileSync('mkfifo', [at('a.yaml')])
    writeFileSync(at('b.yaml'), node('b'))
    const set = await loadManifests([folder])
    expect(nodes(set)).toEqual(['b'])
    expect(problems(set)).toEqual([
      'DIR/a.yaml: File DIR/a.yaml UnreadableFile found a FIFO, socket or device, allowed: a regular file',
    ])
  })

  it('reads a FIFO that is named by itself, as a shell makes it', async () => {
    execFileSync('mkfifo', [at('pipe')])
    const writer = execFile('sh', ['-c', `printf '%s' "$1" > "$2"`, 'sh', node('a'), at('pipe')])
    expect(nodes(await loadManifests([at('pipe')]))).toEqual(['a'])
    expect(writer.pid).toBeDefined()
  })

  it('refuses a file of 100 MB by its size, and names the limit', async () => {
    writeFileSync(at('huge.yaml'), '')
    truncateSync(at('huge.yaml'), 100 * 1024 * 1024)
    const set = await loadManifests([folder])
    expect(problems(set)).toEqual([
      'DIR/huge.yaml: File DIR/huge.yaml FileTooLarge found 100 MiB, allowed: at most 32 MiB',
    ])
  })

  it('stops reading an endless stream at the limit', async () => {
    const endless = Readable.from(
      (function* () {
        for (;;) yield Buffer.alloc(64 * 1024, '#')
      })(),
    )
    const set = await loadManifests(['-'], { stdin: endless, maxBytes: 1024 * 1024 })
    expect(problems(set)).toEqual(['-: File - FileTooLarge found 1.1 MiB, allowed: at most 1 MiB'])
    expect(endless.destroyed).toBe(true)
  })
})

describe('one file', () => {
  it('is a value that can be kept and merged again', async () => {
    writeFileSync(at('nodes.yaml'), `${node('a')}---\n${node('b')}`)
    const source = await loadFile(at('nodes.yaml'))
    expect(source.objects.map(({ ref }) => ref)).toEqual(['Node a', 'Node b'])
  })
})
