import { inspect } from 'node:util'

import { describe, expect, it } from 'vitest'

import { readManifests, readSource } from '#app/manifests/read.ts'
import { undecodableKeys } from '#app/manifests/secrets.ts'

function read(text: string) {
  return readManifests([{ name: 'secret.yaml', text }])
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

const secret = (fields: string): string =>
  `apiVersion: v1\nkind: Secret\nmetadata: { name: tor, namespace: metallb-system }\ntype: kubernetes.io/basic-auth\n${fields}\n`

describe('a Secret', () => {
  it('tells its type and keys, and gives its bytes only to who asks', () => {
    const set = read(secret(`data: { password: ${base64('hunter2')} }\nstringData: { username: me }`))
    expect(set.problems).toEqual([])
    expect(set.secrets).toEqual([
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'tor', namespace: 'metallb-system' },
        type: 'kubernetes.io/basic-auth',
        keys: ['password', 'username'],
        revision: expect.stringMatching(/^[0-9a-f]{16}$/),
      },
    ])
    const bytes = set.secretBytes({ namespace: 'metallb-system', name: 'tor' })
    expect(bytes?.['password']).toEqual(new TextEncoder().encode('hunter2'))
    expect(set.secretBytes({ namespace: 'default', name: 'tor' })).toBeUndefined()
  })

  it('shows its bytes in no print of the set, encoded or not', () => {
    const copy = `metadata: { name: tor, namespace: metallb-system, annotations: { kubectl.kubernetes.io/last-applied-configuration: '{"data":{"password":"${base64('hunter2')}"}}' } }`
    const text = secret(`data: { password: ${base64('hunter2')} }`).replace(/^metadata:.*$/m, copy)
    const [set, source] = [read(text), readSource({ name: 'secret.yaml', text })]
    expect([set.secrets?.length, source.objects.length]).toEqual([1, 1])
    const print =
      inspect([set, source], { depth: Infinity, showHidden: true }) + JSON.stringify([set, source])
    expect(print).not.toContain('hunter2')
    expect(print).not.toContain(base64('hunter2'))
    expect(print).not.toContain('104, 117, 110, 116')
  })

  it.each([
    '*hunter2',
    '!hunter2',
    '!<hunter2> x',
    '"hunter2',
    '!hunter2"{} x',
    '&hunter2 &hunter2',
    '{hunter2',
    '@hunter2',
    '%hunter2',
    '`hunter2',
  ])('shows no part of a value that breaks the syntax for want of quotation marks: %s', (value) => {
    const set = read(secret(`stringData:\n  password: ${value}`))
    expect(set.problems).not.toEqual([])
    expect(inspect(set, { depth: Infinity })).not.toContain('hunter2')
  })

  it('has another revision when a byte changes, and the same one when none does', () => {
    const revision = (fields: string): string | undefined => read(secret(fields)).secrets?.[0]?.revision
    const one = revision(`data: { a: ${base64('x')}, b: ${base64('y')} }`)
    expect(revision(`stringData: { b: "y", a: x }`)).toBe(one)
    expect(revision(`data: { a: ${base64('x')}, b: ${base64('z')} }`)).not.toBe(one)
    expect(revision(`data: { a: ${base64('xb')}, b: ${base64('y')} }`)).not.toBe(one)
    expect(revision(`data: { a: ${base64('x')} }`)).not.toBe(one)
  })

  it('prefers stringData, takes folded base64, and treats a null value as absent', () => {
    const set = read(
      secret(
        `data:\n  key: |\n    ${base64('first ')}\n    ${base64('second')}\n  gone: null\nstringData: { extra: plain }`,
      ),
    )
    expect(set.problems).toEqual([])
    const bytes = set.secretBytes({ namespace: 'metallb-system', name: 'tor' })
    expect(Object.keys(bytes ?? {}).sort()).toEqual(['extra', 'key'])
    expect(new TextDecoder().decode(bytes?.['key'])).toBe('first second')
  })

  it.each(['a', 'ab==c', 'a=b=', '====', 'ü'])('is faulty with data that is not base64: %j', (value) => {
    expect(undecodableKeys({ data: { key: value } })).toEqual(['key'])
  })
})
