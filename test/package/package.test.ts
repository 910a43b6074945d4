/* The package as npm makes it: what its users install, import, compile against and test with. */
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { scaffold } from '#app/plugin-kit/scaffold.ts'

import { expectGolden } from '../golden-file.ts'
import { apiSurface } from './api-surface.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))

describe('the package', () => {
  let folder: string
  let tarball: string
  let installed: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'herald-package-'))
    const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]
    const { stdout } = await run('npm', pack, { cwd: root })
    const [{ filename }] = JSON.parse(stdout) as [{ filename: string }]
    tarball = join(folder, filename)
    installed = join(folder, 'node_modules/heraldlb')
    await mkdir(installed, { recursive: true })
    await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', installed])
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('has no fault that publint knows', async () => {
    const pkg = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as Record<string, unknown>
    const { messages } = await publint({ pkgDir: installed, pack: false, strict: true })
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([])
  })

  it('has types that resolve wherever ES modules do', async () => {
    const analysis = await checkPackage(createPackageFromTarballData(await readFile(tarball)))
    if (analysis.types === false) throw new Error('it has no types')
    // An ES module cannot be required before Node 20.19, and has no entries for the resolution of Node 10.
    const expected = new Set(['CJSResolvesToESM', 'NoResolution'])
    const problems = analysis.problems.filter(
      (one) => !(expected.has(one.kind) && 'resolutionKind' in one && /node10|cjs/.test(one.resolutionKind)),
    )
    expect(problems).toEqual([])
  })

  it.each([
    ['heraldlb', 'index.d.ts'],
    ['heraldlb-testkit', 'app/plugin-kit/testkit.d.ts'],
  ])('promises in %s what its golden file says', (name, file) => {
    expectGolden(`api/${name}.d.ts`, apiSurface(join(root, 'dist/types', file)))
  })

  it('is what a new plugin compiles against, under strict types', async () => {
    const plugin = await made('strict-plugin', 'typescript')
    const flags = ['--noEmit', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess']
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const { stdout } = await run(process.execPath, [tsc, '-p', plugin, ...flags]).catch((cause: unknown) => {
      throw new Error((cause as { stdout: string }).stdout, { cause })
    })
    expect(stdout).toBe('')
  })

  it('runs the kit under node:test, on a module and on an executable', async () => {
    const suite = join(folder, 'kit.test.mjs')
    await made('py-plugin', 'python')
    const plugin = await made('ts-plugin', 'typescript')
    await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', plugin])
    await writeFile(suite, nodeTest)
    const { stdout } = await run(process.execPath, ['--test', '--test-reporter', 'tap', suite], {
      cwd: folder,
    })
    expect(stdout).toContain('ts-plugin keeps the protocol')
    expect(stdout).toContain('py-plugin is a conforming announcer')
    expect(stdout).toMatch(/ok \d+ - falls silent|ok \d+ - clears or adopts what an earlier run left behind/)
    expect(stdout).toMatch(/# fail 0/)
  })

  it('tells a plugin that breaks its promise by a test that fails', async () => {
    const plugin = await made('broken-plugin', 'python')
    const source = await readFile(join(plugin, 'plugin.py'), 'utf8')
    await writeFile(join(plugin, 'plugin.py'), source.replace('if t["stage"] == "serve"', ''))
    const suite = join(folder, 'broken.test.mjs')
    await writeFile(suite, nodeTest.replace("'ts-plugin', 'py-plugin'", "'broken-plugin'"))
    const only = ['--test-name-pattern', 'keeps an armed target silent']
    const ended = run(process.execPath, ['--test', '--test-reporter', 'tap', ...only, suite], { cwd: folder })
    await expect(ended).rejects.toMatchObject({
      stdout: expect.stringMatching(/not ok \d+ - keeps an armed target silent, and serves it when told to/),
    })
  })

  it('gets its next version and its part of the changelog from the changesets', async () => {
    const release = join(folder, 'release')
    await mkdir(join(release, '.changeset'), { recursive: true })
    for (const file of ['package.json', '.changeset/config.json'])
      await cp(join(root, file), join(release, file))
    await writeFile(join(release, '.changeset/one.md'), '---\n"heraldlb": minor\n---\n\nDances.\n')
    await run('git', ['init', '--quiet'], { cwd: release })
    const changeset = join(root, 'node_modules/@changesets/cli/bin.js')
    await run(process.execPath, [changeset, 'version'], { cwd: release })
    const { version: before } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
      version: string
    }
    const [major, minor] = before.split('.').map(Number)
    const after = await readFile(join(release, 'package.json'), 'utf8')
    expect(JSON.parse(after)).toMatchObject({ version: `${major}.${Number(minor) + 1}.0` })
    expect(await readFile(join(release, 'CHANGELOG.md'), 'utf8')).toContain('Dances.')
  })

  async function made(name: string, language: 'typescript' | 'python'): Promise<string> {
    const plugin = join(folder, name)
    for (const { path, text, executable } of scaffold(name, language, { spec: '*', herald: 'herald' })) {
      await mkdir(dirname(join(plugin, path)), { recursive: true })
      await writeFile(join(plugin, path), text, { mode: executable ? 0o755 : 0o644 })
    }
    await mkdir(join(plugin, 'node_modules/@types'), { recursive: true })
    await symlink(join(root, 'node_modules/@types/node'), join(plugin, 'node_modules/@types/node'))
    await cp(installed, join(plugin, 'node_modules/heraldlb'), { recursive: true })
    return plugin
  }
})

const nodeTest = `
import { describe, it } from 'node:test'
import { pluginConformance } from 'heraldlb/testkit'

for (const name of ['ts-plugin', 'py-plugin']) await pluginConformance({ describe, it }, new URL(name, import.meta.url).pathname)
`
