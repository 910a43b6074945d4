// npm run simulate [-- --seeds N --from S --processes P --state FILE | --seed S]: failover in virtual time, see test/simulation/main.ts.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { bundle } from './build.mjs'

/** The commit, and whether anything differs from it. */
function codeVersion() {
  const describe = ['describe', '--always', '--dirty', '--exclude', '*']
  const { stdout } = spawnSync('git', describe, { encoding: 'utf8', cwd: root })
  return stdout?.trim() || 'unknown'
}

const root = fileURLToPath(new URL('..', import.meta.url))
const name = `simulate-${process.pid}`
const file = join(root, 'dist', `${name}.js`)
try {
  await bundle({ name, input: 'test/simulation/main.ts' })
  const { status } = spawnSync(process.execPath, [file, '--code', codeVersion(), ...process.argv.slice(2)], {
    stdio: 'inherit',
  })
  process.exitCode = status ?? 1
} finally {
  rmSync(file, { force: true })
}
