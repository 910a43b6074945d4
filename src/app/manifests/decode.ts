/* Bytes to text, or the reason why they are none. */
import type { ManifestSource } from './source.ts'
import type { ReasonCode } from '#core/reasons.ts'

export interface Refusal {
  readonly text?: never
  readonly reason: ReasonCode
  readonly message: string
}

export type Decoded = { readonly text: string } | Refusal

/** Total. `maxBytes` counts UTF-16 units where the source is text already. */
export function decode({ text }: ManifestSource, maxBytes: number): Decoded {
  if (text.length > maxBytes) return tooLarge(text.length, maxBytes)
  if (typeof text === 'string') return withoutZeros(text)
  if (text[0] === 0xff || text[0] === 0xfe) return notText(`byte 0x${text[0].toString(16)} at the beginning`)
  try {
    return withoutZeros(new TextDecoder('utf-8', { fatal: true }).decode(text))
  } catch {
    return notText('bytes that are not UTF-8')
  }
}

export function tooLarge(bytes: number, maxBytes: number): Refusal {
  return { reason: 'FileTooLarge', message: `found ${sizeOf(bytes)}, allowed: at most ${sizeOf(maxBytes)}` }
}

function withoutZeros(text: string): Decoded {
  const zero = text.indexOf('\0')
  return zero === -1 ? { text } : notText(`a zero byte at character ${zero}`)
}

function notText(found: string): Refusal {
  return { reason: 'NotText', message: `found ${found}, allowed: YAML or JSON as UTF-8 text` }
}

function sizeOf(bytes: number): string {
  const mebibytes = bytes / (1024 * 1024)
  return mebibytes < 1 ? `${bytes} bytes` : `${Math.round(mebibytes * 10) / 10} MiB`
}
