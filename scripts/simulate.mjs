// npm run simulate [-- --seeds N --from S --processes P --state FILE | --seed S]: failover in virtual time, see test/simulation/main.ts.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { bundle } from './build.mjs'

const name = `simulate-${process.pid}`
const file = join(fileURLToPath(new URL('..', import.meta.url)), 'dist', `${name}.js`)
try {
  await bundle({ name, input: 'test/simulation/main.ts' })
  const { status } = spawnSync(process.execPath, [file, ...process.argv.slice(2)], { stdio: 'inherit' })
  process.exitCode = status ?? 1
} finally {
  rmSync(file, { force: true })
}
