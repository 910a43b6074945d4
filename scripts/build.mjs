// Builds dist/: herald.js (the program, one bundle, executable), what its worker threads run, demo.js and the package's
// two public entries, with koffi's native file beside them in dist/koffi.
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { rolldown } from 'rolldown'

import { kubeconfigOnly } from './kubeconfig-only.mjs'
import { textModules } from './text-modules.mjs'
import { yamlModules } from './yaml-modules.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

const entries = [
  { name: 'herald', input: 'src/app/main.ts', executable: true },
  { name: 'demo', input: 'lab/demo/main.ts', executable: true },
  { name: 'index', input: 'src/index.ts' },
  { name: 'testkit', input: 'src/app/plugin-kit/testkit.ts' },
  // What worker threads run: small, for each holds the text of its own.
  { name: 'poll-loop', input: 'src/app/poll-loop-main.ts' },
  { name: 'plugin-worker', input: 'src/app/plugin-host/worker/main.ts' },
]

/** koffi looks for its native file relative to its own package; in a bundle it is beside the bundle. */
const koffiBeside = {
  name: 'koffi-beside',
  resolveId(id) {
    return id === 'koffi' ? join(root, 'node_modules/koffi/src/koffi/indirect.js') : undefined
  },
  transform(code, id) {
    if (!id.endsWith('koffi/src/koffi/indirect.js')) return undefined
    const parts = code.split('"/../../build/koffi"')
    if (parts.length !== 2)
      throw new Error('build: koffi changed how it finds its native file; see scripts/build.mjs')
    return { code: parts.join('"/koffi"'), map: null }
  },
}

/**
 * One character outside Latin-1, and V8 holds the whole text of a bundle with two bytes for each. Comments are gone by
 * then, but for licences; what is left stands in string, template and regular expression literals.
 */
function escapeIn(file) {
  const escaped = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/[^\0-\x7f]/g, escaped))
}

/** Bundles one entry into `dir` (dist by default); everything but Node itself goes in, except what stays optional. */
export async function bundle({ name, input, executable = false, dir = dist }) {
  const build = await rolldown({
    input: { [name]: join(root, input) },
    cwd: root,
    platform: 'node',
    plugins: [koffiBeside, kubeconfigOnly(), textModules(), yamlModules()],
    // grpc-js asks for its loader of .proto files in parts of it that are never called.
    external: ['vitest', 'raw-socket', '@grpc/proto-loader'],
    transform: { define: { __HERALD_VERSION__: JSON.stringify(manifest.version) } },
    onLog(level, log, handler) {
      if (level === 'warn' && log.code === 'EVAL') return
      handler(level, log)
    },
  })
  await build.write({
    dir,
    format: 'esm',
    entryFileNames: '[name].js',
    codeSplitting: false,
    comments: { legal: true, annotation: false, jsdoc: false },
    banner: executable ? '#!/usr/bin/env node' : '',
  })
  await build.close()
  escapeIn(join(dir, `${name}.js`))
  if (executable) chmodSync(join(dir, `${name}.js`), 0o755)
}

function copyKoffi() {
  const scope = join(root, 'node_modules/@koromix')
  for (const pkg of existsSync(scope) ? readdirSync(scope) : []) {
    for (const triplet of readdirSync(join(scope, pkg), { withFileTypes: true })) {
      if (!triplet.isDirectory()) continue
      mkdirSync(join(dist, 'koffi'), { recursive: true })
      cpSync(join(scope, pkg, triplet.name), join(dist, 'koffi', triplet.name), { recursive: true })
    }
  }
}

/** What TypeScript needs to know of the two public entries, and no more. */
function declareTypes() {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.types.json'], {
    cwd: root,
    stdio: 'inherit',
  })
  if (status !== 0) throw new Error('build: tsc -p tsconfig.types.json failed')
  const types = join(dist, 'types')
  const needed = new Set()
  for (const { types: entry } of Object.values(manifest.exports))
    if (entry) collectTypes(join(root, entry), needed)
  for (const file of readdirSync(types, { recursive: true, withFileTypes: true })) {
    const path = join(file.parentPath, file.name)
    if (file.isFile() && !needed.has(path)) rmSync(path)
  }
}

/** A declaration file and what it imports by a relative path, which is all that it may import. */
function collectTypes(file, needed) {
  if (needed.has(file)) return
  needed.add(file)
  for (const [, from] of readFileSync(file, 'utf8').matchAll(/ from '([^']+)'/g)) {
    if (!from.startsWith('.')) throw new Error(`build: ${file} of the public types imports ${from}`)
    collectTypes(join(dirname(file), from.replace(/\.ts$/, '.d.ts')), needed)
  }
}

async function buildAll() {
  rmSync(dist, { recursive: true, force: true })
  for (const entry of entries) await bundle(entry)
  declareTypes()
  copyKoffi()
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildAll()
