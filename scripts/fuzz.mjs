// npm run fuzz [-- --messages N --seed N --state FILE]: nearly right messages against every decoder, see test/fuzz/main.ts.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { bundle } from './build.mjs'

const file = join(fileURLToPath(new URL('..', import.meta.url)), 'dist', 'fuzz.js')
try {
  await bundle({ name: 'fuzz', input: 'test/fuzz/main.ts' })
  const { status } = spawnSync(process.execPath, [file, ...process.argv.slice(2)], { stdio: 'inherit' })
  process.exitCode = status ?? 1
} finally {
  rmSync(file, { force: true })
}
