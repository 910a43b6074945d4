import { describe, expect, it } from 'vitest'

import { readSource } from '#app/manifests/read.ts'
import type { SourceDocuments } from '#app/manifests/source.ts'
import {
  emptySource,
  nextFarewell,
  remember,
  sourcesOf,
  type FileMemory,
} from '#app/standalone/folder/last-good.ts'
import { instantAt, milliseconds } from '#core/model/duration.ts'

const pool = (name: string, addresses = '[192.0.2.0/24]') => `
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: { name: ${name}, namespace: metallb-system }
spec: { addresses: ${addresses} }
---`
const source = (text: string, name = 'pools.yaml'): SourceDocuments => readSource({ name, text })
const grace = milliseconds(500)

/** The memory of one file after the given texts, each read at its time. */
function after(...readings: readonly (readonly [at: number, text: string | undefined])[]): FileMemory {
  let memory: FileMemory | undefined
  for (const [at, text] of readings) {
    const fresh = text === undefined ? emptySource('pools.yaml') : source(text)
    memory = remember(memory, fresh, { now: instantAt(at), grace })
  }
  return memory!
}

const refs = (...memories: FileMemory[]) => {
  const { sources } = sourcesOf(new Map(memories.map((memory, index) => [`${index}`, memory])))
  return sources.flatMap(({ objects }) =>
    objects.map(({ ref }) => ref.replace('IPAddressPool metallb-system/', '')),
  )
}

describe('last good', () => {
  it('keeps everything while the file as a whole cannot be read, however long', () => {
    const memory = after([0, pool('a') + pool('b')], [10, 'a: [unclosed'], [10_000, 'a: [unclosed'])
    expect(refs(memory)).toEqual(['a', 'b'])
    expect(nextFarewell([memory])).toBeUndefined()
  })

  it('keeps the last good version of an object that became faulty, and takes its neighbours as they are', () => {
    const memory = after([0, pool('a') + pool('b')], [10, pool('a', '7') + pool('b') + pool('c')])
    expect(refs(memory)).toEqual(['b', 'c', 'a'])
    expect(sourcesOf(new Map([['f', memory]])).stale).toEqual(['IPAddressPool metallb-system/a'])
  })

  it('takes the repaired version as soon as there is one', () => {
    const memory = after([0, pool('a')], [10, pool('a', '7')], [20, pool('a', '[198.51.100.0/24]')])
    expect(memory.kept).toEqual([])
    expect(memory.fresh.objects[0]?.object).toMatchObject({ spec: { addresses: ['198.51.100.0/24'] } })
  })

  it('keeps an object that is no longer there for the grace and no longer', () => {
    const gone = after([0, pool('a') + pool('b')], [10, pool('b')])
    expect(refs(gone)).toEqual(['b', 'a'])
    expect(nextFarewell([gone])).toBe(510)
    const at = (now: number) => remember(gone, gone.fresh, { now: instantAt(now), grace })
    expect(refs(at(509))).toEqual(['b', 'a'])
    expect(refs(at(510))).toEqual(['b'])
  })

  it('bridges a file that is emptied, removed and written again, as editors do', () => {
    const memory = after([0, pool('a')], [10, ''], [20, undefined], [30, pool('a')])
    expect(refs(memory)).toEqual(['a'])
    expect(memory.kept).toEqual([])
  })

  it('does not start the grace anew with every reading', () => {
    expect(refs(after([0, pool('a')], [10, ''], [400, ''], [509, '']))).toEqual(['a'])
    expect(refs(after([0, pool('a')], [10, ''], [400, ''], [510, '']))).toEqual([])
  })

  it('has one definition of an object that moved to another file', () => {
    const left = after([0, pool('a')], [10, undefined])
    const arrived = after([10, pool('a')])
    expect(refs(left, arrived)).toEqual(['a'])
    expect(sourcesOf(new Map([['x', left]])).stale).toEqual([])
  })

  it('hands out the bytes of a Secret that it keeps', () => {
    const secret = `
apiVersion: v1
kind: Secret
metadata: { name: s, namespace: metallb-system }
stringData: { password: pw }`
    const memory = after([0, secret], [10, '}'])
    const [kept] = sourcesOf(new Map([['f', memory]])).sources.slice(-1)
    expect(Buffer.from(kept!.secretBytes('Secret metallb-system/s')!['password']!).toString()).toBe('pw')
  })
})
