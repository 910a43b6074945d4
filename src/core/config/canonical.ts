/* Texts that stand for JSON values: equal texts mean equal values. */
import { isJsonObject } from '../model/json.ts'

/** JSON with sorted keys; fields that are undefined do not count. */
export function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`
  if (!isJsonObject(value)) return JSON.stringify(value) ?? 'null'
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  const sorted = fields.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${sorted.map(([name, field]) => `${JSON.stringify(name)}:${canonicalText(field)}`).join(',')}}`
}

/** 64 bits of FNV-1a in two lanes, as 16 hexadecimal digits: tells versions apart, hides nothing. */
export function fingerprint(text: string): string {
  let low = 0x811c9dc5
  let high = 0x01000193
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    low = Math.imul(low ^ unit, 0x01000193)
    high = Math.imul(high ^ unit, 0x01000193) ^ (low >>> 15)
  }
  return hex(high) + hex(low)
}

const hex = (lane: number): string => (lane >>> 0).toString(16).padStart(8, '0')
