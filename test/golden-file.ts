/* Golden files: expected output kept in test/golden, rewritten only with UPDATE_GOLDEN=1 and reviewed as a diff. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { expect } from 'vitest'

export const goldenRoot = fileURLToPath(new URL('golden', import.meta.url))

/** `path` below test/golden. */
export function expectGolden(path: string, actual: string): void {
  const file = join(goldenRoot, path)
  if (process.env.UPDATE_GOLDEN === '1') {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, actual)
  }
  expect(actual).toBe(readFileSync(file, 'utf8'))
}
