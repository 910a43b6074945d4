// Everything that can be said of the sources without running them, each check by its own tool; all run, all failures count.
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  '.changeset',
  'docs',
  'src',
  'lab',
  'examples',
  'deploy',
  'metrics',
]

/** The longest first. */
const checks = [
  { name: 'lint', command: ['oxlint'] },
  { name: 'types', command: ['tsc', '-p', '.'] },
  { name: 'import rules', command: ['depcruise', 'src', 'lab', 'test'] },
  { name: 'pages of the API', command: ['typedoc', '--emit', 'none'] },
  { name: 'dead code', command: ['knip', '--no-progress'] },
  { name: 'spelling', command: ['cspell', '--no-progress', '--no-summary'] },
  { name: 'types of the examples', command: ['tsc', '-p', 'examples'] },
  { name: 'links', command: ['remark', ...pages, '--ext', 'md', '--frail', '--quiet', '--no-stdout'] },
  { name: 'format', command: ['oxfmt', '--check', '.'] },
]

/** Resolves with its name when it failed; what it said appears in one piece. */
function run({ name, command: [tool, ...args] }) {
  const started = Date.now()
  const child = spawn(`${root}node_modules/.bin/${tool}`, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => said.push(chunk))
  return new Promise((resolve) => {
    child.on('error', (error) => said.push(Buffer.from(`${error.message}\n`)))
    child.on('close', (status) => {
      if (status !== 0) process.stdout.write(Buffer.concat(said))
      const seconds = ((Date.now() - started) / 1000).toFixed(1)
      console.log(`check: ${name} ${status === 0 ? 'ok' : 'FAILED'} (${seconds} s)`)
      resolve(status === 0 ? undefined : name)
    })
  })
}

const failed = []
const waiting = [...checks]
async function worker() {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) failed.push(await run(next))
}
await Promise.all(Array.from({ length: availableParallelism() }, worker))
const names = failed.filter((name) => name !== undefined)
if (names.length > 0) {
  console.error(`check: failed: ${names.join(', ')}`)
  process.exit(1)
}
