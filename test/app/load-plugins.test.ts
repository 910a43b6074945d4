import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { builtInAnnouncers } from '#app/announcer-infos.ts'
import { loadPlugins, readPluginConfigs } from '#app/load-plugins.ts'

import { workerScript } from './plugin-host/worker-script.ts'

const names = builtInAnnouncers.map(({ name }) => name)
const fixtures = fileURLToPath(new URL('plugin-host/fixtures', import.meta.url))
const host = workerScript()
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'herald-config-'))
  await writeFile(join(folder, 'not-executable.py'), '')
  await writeFile(join(folder, 'broken.mjs'), 'const')
  await writeFile(join(folder, 'throws.mjs'), 'throw new Error("no such kernel")')
  await writeFile(join(folder, 'empty.mjs'), '')
  await writeFile(join(folder, 'hangs.mjs'), 'for (;;);')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function configured(plugins: object): Promise<Readonly<Record<string, unknown>>> {
  const file = join(folder, 'herald.yaml')
  await writeFile(file, JSON.stringify({ apiVersion: 'heraldlb.io/v1alpha1', kind: 'HeraldConfig', plugins }))
  return readPluginConfigs(file)
}

describe('loading plugins', () => {
  it('gives every built-in plugin with its configuration checked', async () => {
    const loaded = await loadPlugins({})
    expect(loaded.map(({ plugin }) => plugin.name)).toEqual(names)
  })

  it('refuses a configuration with the plugin and the path of the fault', async () => {
    await expect(loadPlugins({ l2: { nonsense: 1 } })).rejects.toThrow(/^plugin l2: config: .*nonsense/)
  })

  it.each([
    ['module', { module: `${fixtures}/module.mjs` }],
    ['executable', { executable: `${fixtures}/executable.py` }],
  ])('gives the %s of a third party what it says of itself', async (_kind, entry) => {
    const loaded = await loadPlugins(
      await configured({ l2: {}, fixture: { ...entry, config: { size: 3 } } }),
      {
        host: host(),
      },
    )
    const { plugin, config } = loaded.at(-1)!
    expect(loaded.map(({ plugin }) => plugin.name)).toEqual([...names, 'fixture'])
    expect(plugin).toMatchObject({
      name: 'fixture',
      version: '1.2.3',
      placement: 'every-node',
      fencing: 'none',
    })
    expect(plugin.optionsSchema.properties?.['colour']?.enum).toEqual(['red', 'green'])
    expect(config).toEqual({ size: 3 })
  })

  it.each([
    [{ fixture: {} }, 'plugins.fixture: found neither module nor executable'],
    [{ fixture: { module: './a', executable: './b' } }, 'plugins.fixture: found both module and executable'],
    [
      { fixture: { module: './a', args: [] } },
      'plugins.fixture.args: found a value; allowed: none beside module',
    ],
    [{ fixture: { modul: './a' } }, 'plugins.fixture.modul: found an unknown field; allowed: module'],
    [
      { fixture: { module: './a', limits: { memory: '1' } } },
      'plugins.fixture.limits.memory: found "1"; allowed',
    ],
    [{ Fixture: { module: './a' } }, 'plugins.Fixture: found "Fixture"; allowed: text that matches'],
  ])('refuses the configuration %j', async (plugins, complaint) => {
    await expect(configured(plugins)).rejects.toThrow(complaint)
  })

  it.each([
    [
      { module: './nowhere.mjs' },
      /^plugin fixture \(module .\/nowhere.mjs\): find: .*nowhere.mjs is no module.*Remedy: /,
    ],
    [{ module: 'no-such-package' }, /find: no package of this name is installed in .*node_modules or above/],
    [{ executable: './nowhere' }, /find: there is no .*nowhere/],
    [{ executable: 'no-such-program' }, /find: there is no no-such-program in PATH/],
    [{ executable: './not-executable.py' }, /find: .* cannot be run; make it executable: chmod \+x/],
    [{ module: './broken.mjs' }, /start: importing it threw .*/],
    [
      { module: './throws.mjs' },
      /start: importing it threw no such kernel.*Remedy: run "herald plugins test"/,
    ],
    [
      { module: './empty.mjs' },
      /start: the module has no plugin as its default export: export default definePlugin/,
    ],
    [{ executable: '/bin/true' }, /start: exited with status 0/],
    [{ executable: '/bin/cat' }, /start: sent a message that is none: hello.*/],
    [
      { executable: `${fixtures}/executable.py`, args: ['throws'] },
      /start: exited with status 1; it said: .*cannot think/,
    ],
    [
      { module: `${fixtures}/module.mjs`, config: { nonsense: 1 } },
      /config: fixture.nonsense: found a value/,
    ],
    [
      { executable: `${fixtures}/executable.py`, config: { nonsense: 1 } },
      /config: fixture.nonsense: found a value/,
    ],
    [
      { executable: `${fixtures}/executable.py`, config: { size: 'big' } },
      /config: fixture.size: found "big" \(string\); allowed: integer/,
    ],
  ])('says of %j where it fails and what to do', async (entry, complaint) => {
    const loading = loadPlugins(await configured({ fixture: entry }), { strict: true, host: host() })
    await expect(loading).rejects.toThrow(complaint)
  })

  it('refuses a plugin that goes by another name than the configuration gives it', async () => {
    const loading = loadPlugins(await configured({ other: { executable: `${fixtures}/executable.py` } }), {
      strict: true,
    })
    await expect(loading).rejects.toThrow(
      /describe: calls itself fixture; the configuration has to use that name/,
    )
  })

  it('goes on without a plugin that does not start, which says why when it is asked to announce', async () => {
    const loaded = await loadPlugins(await configured({ fixture: { module: './throws.mjs' } }), {
      host: host(),
    })
    const { plugin } = loaded.at(-1)!
    const announcer = plugin.create({}, {} as never)
    await expect(announcer.open(new AbortController().signal)).rejects.toThrow(
      /start: importing it threw no such kernel/,
    )
  })
})
