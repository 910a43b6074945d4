/*
 * Around all system and cluster tests: what Herald printed in them (its logs, its commands, its metrics and status) is
 * kept, and searched at the end for every secret that they used. A secret that was printed fails the run.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

import { transcriptVariable } from '#lab/transcript.ts'

import { secretsIn } from './search.ts'

/** Every project of the run calls it; the first makes the folder, and reads it at the end. */
export default function setup(): (() => void) | undefined {
  if (process.env[transcriptVariable] !== undefined) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'herald-transcripts-'))
  process.env[transcriptVariable] = folder
  return () => {
    try {
      search(folder)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

function search(folder: string): void {
  const list = join(folder, 'secrets')
  const recorded = existsSync(list) ? readFileSync(list, 'utf8').split('\n').filter(Boolean) : []
  const files = readdirSync(folder).filter((name) => name.endsWith('.log'))
  const texts = files.map((name) => readFileSync(join(folder, name), 'utf8'))
  const leaks = texts.flatMap((text) => secretsIn(text, [...new Set(recorded)]))
  const size = texts.reduce((sum, { length }) => sum + length, 0)
  console.log(`secrets: ${leaks.length} in ${size} characters that Herald printed`)
  if (leaks.length === 0) return
  for (const leak of leaks.slice(0, 20)) console.error(`secret printed ${leak}`)
  process.exitCode = 1
  throw new Error(`${basename(folder)}: Herald printed ${leaks.length} secrets`)
}
