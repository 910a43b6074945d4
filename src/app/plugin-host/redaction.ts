/* Whatever secrets a plugin was given do not come back out of it: as they are, in base64, in hexadecimal. */
import type { Secret } from '#core/announcer.ts'

/** A value of one or two characters would be found everywhere. */
const shortest = 3
const mark = '[redacted]'

export class Redaction {
  readonly #known = new Set<string>()
  #pattern: RegExp | undefined

  add(secret: Secret): void {
    const before = this.#known.size
    for (const bytes of Object.values(secret)) {
      const buffer = Buffer.from(bytes)
      for (const form of ['utf8', 'base64', 'hex'] as const) {
        const text = buffer.toString(form).trim()
        if (text.length >= shortest) this.#known.add(text)
      }
    }
    if (this.#known.size > before) this.#pattern = undefined
  }

  text(text: string): string {
    if (this.#known.size === 0) return text
    this.#pattern ??= new RegExp(
      [...this.#known]
        .sort((a, b) => b.length - a.length)
        .map(escaped)
        .join('|'),
      'g',
    )
    return text.replace(this.#pattern, mark)
  }

  /** Every text within a value of plain JSON. */
  value<Value>(value: Value): Value {
    if (this.#known.size === 0) return value
    return this.#within(value) as Value
  }

  #within(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value)
    if (Array.isArray(value)) return value.map((item) => this.#within(item))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, this.#within(field)]))
  }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
