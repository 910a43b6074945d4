/* What the image holds, assembled by the script that the Dockerfile runs, and started with nothing else around it. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { execute, run } from '#lab/command.ts'

const project = fileURLToPath(new URL('../..', import.meta.url))
const script = join(project, 'deploy/image/rootfs.sh')
const dockerfile = readFileSync(join(project, 'Dockerfile'), 'utf8')
const built = existsSync(join(project, 'dist/herald.js'))

/** What `COPY` takes from the build context: not from another stage. */
const sources = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, list = '']) =>
  list.split(' '),
)

describe('the Dockerfile', () => {
  it('copies only what is there, and what .dockerignore lets through', () => {
    const admitted = readFileSync(join(project, '.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1))
    expect(sources.length).toBeGreaterThan(5)
    for (const source of sources) {
      expect(existsSync(join(project, source)), source).toBe(true)
      expect(admitted, source).toContain(source)
    }
  })

  it('brings everything that the bundle is built from', () => {
    const { imports } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as {
      readonly imports: Readonly<Record<string, string>>
    }
    for (const folder of Object.values(imports)) {
      const path = folder.replace(/^\.\//, '').replace(/\/\*$/, '')
      expect(
        sources.some((source) => path === source || path.startsWith(`${source}/`)),
        path,
      ).toBe(true)
    }
  })

  it('brings every script that the build imports, and every configuration it names', () => {
    const needed = new Set(['scripts/build.mjs'])
    for (const script of needed)
      for (const [, from = ''] of readFileSync(join(project, script), 'utf8').matchAll(/from '(\.[^']+)'/g))
        needed.add(join(dirname(script), from))
    const build = readFileSync(join(project, 'scripts/build.mjs'), 'utf8')
    for (const [, config = ''] of build.matchAll(/'(tsconfig[^']*)'/g)) needed.add(config)
    expect(needed.size).toBeGreaterThan(3)
    for (const script of needed) expect(sources, script).toContain(script)
  })

  it('ends in an image without a shell, for a user that is not root', () => {
    expect(dockerfile).toMatch(/^FROM scratch$/m)
    expect(dockerfile).toMatch(/^USER 65532:65532$/m)
  })
})

describe.skipIf(!built)(
  built ? 'the root file system' : 'the root file system (missing: dist; remedy: npm run build)',
  () => {
    let folder: string
    let root: string

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'herald-image-'))
      root = join(folder, 'root')
      await run([script, root])
    })
    afterAll(() => rmSync(folder, { recursive: true, force: true }))

    const inside = (...argv: readonly string[]): string[] => [
      'chroot',
      '--userspec=65532:65532',
      root,
      '/usr/local/bin/node',
      '/herald/herald.js',
      ...argv,
    ]

    it('starts without privileges, and decides', async () => {
      const version = await run(inside('--version'), { env: { NODE_EXTRA_CA_CERTS: '' } })
      expect(version.trim()).toMatch(/^\d+\.\d+\.\d+$/)
      const service =
        'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {type: LoadBalancer, ports: [{port: 80}]}'
      const pool =
        'apiVersion: metallb.io/v1beta1\nkind: IPAddressPool\nmetadata: {name: p}\nspec: {addresses: [192.0.2.0/24]}'
      const { stdout } = await execute(inside('plan', '-f', '-'), { stdin: `${service}\n---\n${pool}\n` })
      expect(stdout).toContain('192.0.2.0')
    })

    it('brings the native code, and the libraries that it is linked with', async () => {
      const native = (await run(['find', join(root, 'herald/koffi'), '-name', '*.node'])).trim()
      const source = `process.dlopen({ exports: {} }, '${native.slice(root.length)}'); console.log('loaded')`
      const argv = ['chroot', '--userspec=65532:65532', root, '/usr/local/bin/node', '-e', source]
      expect((await run(argv)).trim()).toBe('loaded')
    })

    it('is the same, byte by byte, when it is made again', async () => {
      const again = join(folder, 'again')
      await run([script, again])
      const digest = (path: string): Promise<string> =>
        run(['sh', '-c', `tar --sort=name --owner=0 --group=0 -C ${path} -c . | sha256sum`])
      expect(await digest(again)).toBe(await digest(root))
    })

    it('is Node and little else', () => {
      const size = (path: string): number => statSync(join(root, path)).size
      expect(size('herald/herald.js')).toBeLessThan(6e6)
      expect(existsSync(join(root, 'bin/sh'))).toBe(false)
    })
  },
)
