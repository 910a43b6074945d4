export interface Case {
  readonly bytes: Uint8Array
  /** A message of the corpus as it is. */
  readonly intact: boolean
  /** Different for each case. */
  readonly salt: number
}

/** One decoder and what must hold of it, whatever the bytes. */
export interface FuzzTarget {
  readonly name: string
  readonly corpus: readonly Uint8Array[]
  /** True when the message was taken, not refused. Throws when something that must hold does not. */
  take(one: Case): boolean
}

export function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what)
}
