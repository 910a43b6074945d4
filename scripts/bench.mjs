// npm run bench [-- NAME… [-- OPTION…]]: runs test/bench/NAME.ts one at a time and prints a table for each. Every figure stands beside its
// anchor (a peer or a limit measured in the same run) and its aim.
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { fileURLToPath, pathToFileURL } from 'node:url'

import { bundle } from './build.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = join(root, 'test/bench')

const available = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && file !== 'result.ts')
  .map((file) => file.slice(0, -3))
const given = process.argv.slice(2)
const end = given.includes('--') ? given.indexOf('--') : given.length
const wanted = given.slice(0, end)
/** For the benchmark itself. */
const options = given.slice(end + 1)
const unknown = wanted.filter((name) => !available.includes(name))
if (unknown.length > 0) {
  console.error(`bench: no benchmark ${unknown.join(', ')}; there are: ${available.join(', ')}`)
  process.exit(2)
}

const dist = join(root, 'dist')
if (!existsSync(join(dist, 'herald.js'))) {
  console.error('bench: dist/herald.js is missing; run: npm run setup')
  process.exit(1)
}
for (const name of wanted.length > 0 ? wanted : available) {
  const entry = `bench-${name}`
  const file = join(dist, `${entry}.js`)
  try {
    await bundle({ name: entry, input: `test/bench/${name}.ts` })
    const script = `import(${JSON.stringify(pathToFileURL(file).href)}).then(async (m) => {
      const { title, command, rows } = await m.default(${JSON.stringify(options)})
      console.log(\`\\n## \${title}\\n\\n    \${command}\\n\\n| what | measured | anchor in the same run | aim |\\n|---|---|---|---|\`)
      for (const row of rows) console.log(\`| \${row.what} | \${row.value} | \${row.anchor ?? ''} | \${row.aim ?? ''} |\`)
      process.exit(0)
    })`
    const { status } = spawnSync(process.execPath, ['--expose-gc', '--input-type=module', '-e', script], {
      cwd: root,
      stdio: 'inherit',
    })
    if (status !== 0) process.exitCode = 1
  } finally {
    rmSync(file, { force: true })
  }
}
