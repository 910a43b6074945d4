import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

import ts from 'typescript'
import { describe, expect, it, type TestContext } from 'vitest'

import { testPlugin } from '#app/cli/plugins-test.ts'
import { scaffold, type Language } from '#app/plugin-kit/scaffold.ts'
import { properties } from '#testkit/properties.ts'

import { bundleWorker } from '../../platform/bundle-worker.ts'
import { workerScript } from '../plugin-host/worker-script.ts'

const example = fileURLToPath(new URL('../../../examples/plugins/exabgp-style', import.meta.url))
const host = workerScript()

async function tested(folder: string): Promise<{ readonly status: number; readonly said: string }> {
  let said = ''
  const hear = (text: string): void => void (said += text)
  const terminal = { stdin: Readable.from([]), isTTY: false, out: hear, err: hear }
  return { status: await testPlugin(folder, terminal, host()), said }
}

async function made({ onTestFinished }: TestContext, language: Language): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'herald-scaffold-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const files = scaffold('my-plugin', language, { spec: '*', herald: 'herald' })
  for (const { path, text, executable } of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
    if (executable) await chmod(join(folder, path), 0o755)
  }
  return folder
}

/** What npm install and tsc do, without the network. */
async function compile(folder: string): Promise<void> {
  const installed = join(folder, 'node_modules/heraldlb')
  await mkdir(installed, { recursive: true })
  const seam = await bundleWorker(fileURLToPath(new URL('../../../src/index.ts', import.meta.url)))
  await writeFile(join(installed, 'index.js'), await readFile(seam.script))
  seam.remove()
  await writeFile(join(installed, 'package.json'), JSON.stringify({ type: 'module', exports: './index.js' }))
  const source = await readFile(join(folder, 'src/plugin.ts'), 'utf8')
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
  })
  await mkdir(join(folder, 'dist'))
  await writeFile(join(folder, 'dist/plugin.js'), outputText)
}

describe('herald plugins test', () => {
  it('proves the example in Python, sentence by sentence', async () => {
    const { status, said } = await tested(example)
    expect(said).toContain('plugin exabgp-style (executable ./announce.py)')
    for (const { sentence } of properties) expect(said).toContain(sentence)
    expect(said).toMatch(/\d+ hold, 0 fail, \d+ do not apply/)
    expect(status).toBe(0)
  })

  it.for(['python', 'typescript'] as const)(
    'proves what herald plugins new makes in %s',
    async (language, test) => {
      const folder = await made(test, language)
      if (language === 'typescript') await compile(folder)
      const { status, said } = await tested(folder)
      expect(said).toContain('✓ clears or adopts what an earlier run left behind')
      expect(said).toMatch(/\d+ hold, 0 fail/)
      expect(status).toBe(0)
    },
  )

  it('says which property a plugin breaks', async (test) => {
    const folder = await made(test, 'python')
    const source = await readFile(join(folder, 'plugin.py'), 'utf8')
    await writeFile(join(folder, 'plugin.py'), source.replace('if t["stage"] == "serve"', ''))
    const { status, said } = await tested(folder)
    expect(said).toContain('✗ keeps an armed target silent, and serves it when told to\n')
    expect(said).toContain('✓ withdraws what is gone and leaves the rest alone')
    expect(status).toBe(1)
  })

  it.each([
    ['/nowhere', /ENOENT/],
    [dirname(example), /herald-plugin.yaml/],
  ])('says of %s that there is no plugin', async (path, complaint) => {
    const { status, said } = await tested(path)
    expect(said).toMatch(complaint)
    expect(status).toBe(2)
  })
})
