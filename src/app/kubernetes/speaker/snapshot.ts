/*
 * What a speaker has read, kept beside it, so that one that starts while the API server is away announces what the one
 * before it did. One line of JSON says what the file is; the rest, with the passwords of BGP sessions in it, is
 * compressed and sealed (AES-256-GCM) with a key derived from the heartbeats'.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createGzip, gunzip } from 'node:zlib'

import type {
  ConfigObject,
  EndpointSliceObject,
  NodeObject,
  SecretObject,
  ServiceObject,
} from '#core/model/objects.ts'

export type SnapshotContent =
  | { readonly kind: 'service'; readonly object: ServiceObject }
  | { readonly kind: 'slice'; readonly object: EndpointSliceObject }
  | { readonly kind: 'node'; readonly object: NodeObject }
  | { readonly kind: 'config'; readonly object: ConfigObject }
  /** `data`: base64, by key. */
  | {
      readonly kind: 'secret'
      readonly object: SecretObject
      readonly data: Readonly<Record<string, string>>
    }

/** Grows with every change. */
const format = 1
/**
 * The first format whose readers understand what is written now: they pass over kinds and fields that they do not know.
 * It grows only with a change that they would misunderstand, so that a roll-back goes on from what the newer one kept.
 */
const since = 1
/** The first format that is still read. */
const oldest = 1
const cipher = 'aes-256-gcm'
const [ivLength, tagLength] = [12, 16]
const batch = 500

interface Header {
  readonly kind: 'herald-speaker-snapshot'
  readonly format: number
  readonly since: number
  readonly node: string
  readonly namespace: string
}

export interface SnapshotFileOptions {
  readonly folder: string
  readonly node: string
  readonly namespace: string
  /** The first seals; each may open, so that a key can be replaced. */
  readonly heartbeatKeys: readonly [Uint8Array, ...Uint8Array[]]
}

export class SnapshotFile {
  readonly path: string
  private readonly options: SnapshotFileOptions
  private readonly keys: readonly [Uint8Array, ...Uint8Array[]]

  constructor(options: SnapshotFileOptions) {
    this.options = options
    this.path = join(options.folder, 'speaker.snapshot')
    const [first, ...others] = options.heartbeatKeys
    this.keys = [derived(first), ...others.map(derived)]
  }

  /** Readers see the old file or the new one. Yields to other work again and again; objects may change meanwhile. */
  async write(content: Iterable<SnapshotContent>): Promise<void> {
    await mkdir(this.options.folder, { recursive: true })
    const temporary = `${this.path}.tmp`
    try {
      const file = await open(temporary, 'w', 0o600)
      try {
        await file.write(`${JSON.stringify(this.header())}\n`)
        for await (const part of this.sealed(content)) await file.write(part)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(temporary, this.path)
    } catch (cause) {
      await rm(temporary, { force: true }).catch(() => {})
      throw cause
    }
  }

  /** Undefined when there is none. Rejects with a message when it is of no use here. */
  async read(): Promise<readonly SnapshotContent[] | undefined> {
    const bytes = await readFile(this.path).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') return undefined
      throw cause
    })
    if (bytes === undefined) return undefined
    const end = bytes.indexOf('\n')
    this.check(parsedHeader(bytes.subarray(0, Math.max(0, end)).toString('utf8')))
    return this.opened(bytes.subarray(end + 1))
  }

  private header(): Header {
    const { node, namespace } = this.options
    return { kind: 'herald-speaker-snapshot', format, since, node, namespace }
  }

  private check(header: Partial<Header> | undefined): void {
    const own = this.header()
    if (header?.kind !== own.kind)
      throw new Error('found another kind of file, allowed: a snapshot of a speaker')
    const { format: found = 0, since: readable = found } = header
    if (readable > format || found < oldest) {
      const what =
        found < oldest ? `format ${found}` : `format ${found}, for readers of ${readable} and later`
      throw new Error(`found ${what}; allowed: ${oldest} to ${format}; another version of Herald wrote it`)
    }
    for (const field of ['node', 'namespace'] as const) {
      if (header[field] !== own[field])
        throw new Error(`found ${field} ${header[field]}, allowed: ${own[field]}`)
    }
  }

  private async *sealed(content: Iterable<SnapshotContent>): AsyncGenerator<Uint8Array> {
    const iv = randomBytes(ivLength)
    const seal = createCipheriv(cipher, this.keys[0], iv)
    yield iv
    const zip = createGzip({ level: 1 })
    void feed(zip, content)
    for await (const part of zip) yield seal.update(part as Uint8Array)
    yield seal.final()
    yield seal.getAuthTag()
  }

  private async opened(bytes: Uint8Array): Promise<SnapshotContent[]> {
    const zipped = this.keys.map((key) => unsealed(bytes, key)).find((found) => found !== undefined)
    if (zipped === undefined) throw new Error('it is damaged, or was sealed with another heartbeat key')
    const text = (await promisify(gunzip)(zipped)).toString('utf8')
    const lines = text.split('\n').filter((line) => line !== '')
    return lines.map((line) => JSON.parse(line) as SnapshotContent)
  }
}

function derived(heartbeatKey: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', heartbeatKey, '', 'herald speaker snapshot', 32))
}

function unsealed(bytes: Uint8Array, key: Uint8Array): Buffer | undefined {
  if (bytes.length < ivLength + tagLength) return undefined
  const seal = createDecipheriv(cipher, key, bytes.subarray(0, ivLength))
  seal.setAuthTag(bytes.subarray(-tagLength))
  try {
    return Buffer.concat([seal.update(bytes.subarray(ivLength, -tagLength)), seal.final()])
  } catch {
    return undefined
  }
}

async function feed(zip: ReturnType<typeof createGzip>, content: Iterable<SnapshotContent>): Promise<void> {
  let lines: string[] = []
  for (const item of content) {
    lines.push(`${JSON.stringify(item)}\n`)
    if (lines.length < batch) continue
    const text = lines.join('')
    lines = []
    if (!zip.write(text)) await new Promise((resolve) => zip.once('drain', resolve))
    await new Promise((resolve) => setImmediate(resolve))
  }
  zip.end(lines.join(''))
}

function parsedHeader(text: string): Partial<Header> | undefined {
  try {
    return JSON.parse(text) as Partial<Header>
  } catch {
    return undefined
  }
}
