/*
 * A Secret in two halves: what the decisions may know, and its bytes. The bytes never become part of an object, so
 * that nothing which prints objects can print them.
 */
import { createHmac, randomBytes } from 'node:crypto'

import type { Secret } from '#core/announcer.ts'
import type { ObjectMeta, SecretObject } from '#core/model/objects.ts'

/** A Secret as it is written; checked by the schema. */
export interface RawSecret {
  readonly type?: string
  readonly data?: Readonly<Record<string, string>>
  readonly stringData?: Readonly<Record<string, string>>
}

/** A key of this process's own: a revision says that bytes changed and gives no one a way to guess them. */
const revisionKey = randomBytes(32)

/** Keys of `data` whose value is not base64. */
export function undecodableKeys(raw: RawSecret): string[] {
  return Object.entries(raw.data ?? {})
    .filter(
      ([, value]) => !/^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(unfolded(value)),
    )
    .map(([key]) => key)
}

/** `stringData` wins over `data`, as the API server has it. */
export function bytesOfSecret(raw: RawSecret): Secret {
  const decoded = Object.entries(raw.data ?? {}).map(
    ([key, value]) => [key, bytesFrom(value, 'base64')] as const,
  )
  const plain = Object.entries(raw.stringData ?? {}).map(
    ([key, value]) => [key, bytesFrom(value, 'utf8')] as const,
  )
  return Object.fromEntries([...decoded, ...plain])
}

export function secretObject(metadata: ObjectMeta, raw: RawSecret, bytes: Secret): SecretObject {
  const keys = Object.keys(bytes).sort()
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata,
    ...(raw.type === undefined ? {} : { type: raw.type }),
    keys,
    revision: metadata.resourceVersion ?? digest(keys, bytes),
  }
}

function digest(keys: readonly string[], bytes: Secret): string {
  const hmac = createHmac('sha256', revisionKey)
  for (const key of keys) {
    const value = bytes[key] ?? new Uint8Array()
    hmac.update(`${key.length}:${key}${value.length}:`).update(value)
  }
  return hmac.digest('hex').slice(0, 16)
}

/** A copy: a small Buffer shares its memory with unrelated ones. */
function bytesFrom(text: string, encoding: 'base64' | 'utf8'): Uint8Array {
  return Uint8Array.from(Buffer.from(text, encoding))
}

/** Block scalars break long values into lines; Go's decoder skips the breaks. */
function unfolded(value: string): string {
  return value.replaceAll(/[\r\n]/g, '')
}
