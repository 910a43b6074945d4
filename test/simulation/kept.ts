/* What a run leaves in its state file, so that it goes on where it stopped. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'

import { emptyTally, type Tally } from './tally.ts'

/** What runs the seeds. */
export interface Code {
  /** The commit, for people. */
  readonly commit: string
  /** Of everything that is bundled: a commit that changes none of it goes on with the same seeds. */
  readonly digest: string
}

export interface Kept {
  readonly code: Code
  readonly from: number
  /** The first seed that was not run yet. */
  next: number
  tally: Tally
}

export function begun(code: Code, from: number): Kept {
  return { code, from, next: from, tally: emptyTally() }
}

/** Undefined: there is no such file. Throws an error that names the file where it holds no state. */
export function load(file: string): Kept | undefined {
  if (!existsSync(file)) return undefined
  const text = readFileSync(file, 'utf8')
  const kept = parsed(text)
  if (!isKept(kept)) {
    const found = text === '' ? 'nothing' : `${text.slice(0, 40)}…`
    throw new Error(`--state: ${file} holds ${found}, allowed: what this version of the simulation wrote`)
  }
  return kept
}

/** Why what is in the file does not go on with this code and from there; undefined: it does. */
export function refusal(
  file: string,
  { code, from, next, tally }: Kept,
  wish: { readonly code: Code; readonly from: number | undefined },
): string | undefined {
  if (code.digest !== wish.code.digest)
    return `--state: ${file} holds ${tally.seeds} seeds that ${textOf(code)} ran, allowed: the same code (this is ${textOf(wish.code)}), or another file`
  if (wish.from !== undefined && wish.from !== from && wish.from !== next)
    return `--from: found ${wish.from}, allowed: ${from}, where ${file} begins, or ${next}, where it goes on; or another file`
  return undefined
}

/** Replaces the file as a whole: a run that is killed leaves the former one. */
export function save(file: string, kept: Kept): void {
  writeFileSync(`${file}.new`, JSON.stringify(kept))
  renameSync(`${file}.new`, file)
}

export function textOf({ commit, digest }: Code): string {
  return `${commit} (bundle ${digest})`
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isKept(value: unknown): value is Kept {
  const { code, from, next, tally } = (value ?? {}) as Partial<Kept>
  const numbers = [from, next, tally?.seeds]
  return typeof code?.digest === 'string' && numbers.every((number) => typeof number === 'number')
}
