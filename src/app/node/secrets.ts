/* Where announcers get the bytes of a Secret from: the source's Secrets, and passwords written in the clear. */
import type { Secret } from '#core/announcer.ts'

import type { ManifestSet } from '../manifests/merge.ts'

export interface SecretSources {
  readonly set: Pick<ManifestSet, 'secretBytes'>
  /** Config.inlineSecrets. */
  readonly inline: Readonly<Record<string, string>>
  /** Of a reference that names none. */
  readonly namespace: string
}

/** Rejects with a message that names the Secret and shows nothing of it. */
export async function secretFrom(
  sources: SecretSources,
  ref: { readonly namespace?: string; readonly name: string },
): Promise<Secret> {
  const inline = sources.inline[ref.name]
  if (inline !== undefined) return { password: new TextEncoder().encode(inline) }
  const namespace = ref.namespace ?? sources.namespace
  const bytes = sources.set.secretBytes({ namespace, name: ref.name })
  if (bytes === undefined) throw new Error(`Secret ${namespace}/${ref.name} does not exist`)
  return bytes
}
