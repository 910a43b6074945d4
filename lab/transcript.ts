/*
 * What Herald printed while a lab ran, kept beyond the lab for whoever looks for secrets in it. The folder comes from
 * the environment, for test files run in processes of their own; without one, nothing is kept.
 */
import { randomBytes } from 'node:crypto'
import { appendFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'

/** Names the folder: one file for each process that runs tests, and `secrets`. */
export const transcriptVariable = 'HERALD_TEST_TRANSCRIPTS'

const ours = `${process.pid}-${randomBytes(4).toString('hex')}.log`

const herald = /\bherald(\.m?js)?$/
/** In a script for a shell: with what it is to do behind it. */
const inScript = /(^|[\s/])herald(\.m?js)? [a-z]/m
/** What asks Herald for its metrics and status. */
const asking = /(^|\/)curl$/

/** Keeps a piece of output; Herald's own command line is part of it, for `ps` shows that to everybody. */
export function transcribe(argv: readonly string[], text: string): void {
  const folder = process.env[transcriptVariable]
  if (folder === undefined || !existsSync(folder)) return
  const itself = argv.some((word) => herald.test(word) || inScript.test(word))
  if (!itself && !argv.some((word) => asking.test(word))) return
  appendFileSync(join(folder, ours), `${itself ? `# ${argv.join(' ')}\n` : ''}${text}\n`)
}

/** A secret that was made by chance, and so cannot be known by its look. */
export function recordSecret(text: string): void {
  const folder = process.env[transcriptVariable]
  if (folder !== undefined && existsSync(folder)) appendFileSync(join(folder, 'secrets'), `${text}\n`)
}
