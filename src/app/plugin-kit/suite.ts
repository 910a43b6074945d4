/* The kit under the author's own test runner, on a plugin's folder: whatever language the plugin is written in. */
import { announcerConformance, type TestRunner } from '../../testkit/index.ts'
import { loadPlugin, partsOf } from '../plugin-host/load.ts'
import { systemClock } from '../system.ts'
import { readManifest } from './manifest.ts'
import { protocolProperties } from './protocol-properties.ts'
import { subjectFactory } from './subject.ts'

/** A property may wait for its world for as long as ten seconds. */
const timeout = 60_000

/**
 * One `it` per property of the seam and of the protocol. `path`: the folder with `herald-plugin.yaml`, or that file.
 * `workerScript` is what Herald runs in the worker of a module: its own by default. Rejects when there is no such
 * folder, or the plugin does not load.
 */
export async function pluginConformance(runner: TestRunner, path: string, workerScript?: URL): Promise<void> {
  const manifest = await readManifest(path)
  const host = { clock: systemClock, ...(workerScript && { workerScript }) }
  const { name } = manifest.source
  const plugin = await loadPlugin(manifest.source, host)
  const parts = partsOf(manifest.source, host)
  runner.describe(`${name} keeps the protocol`, () => {
    for (const property of protocolProperties)
      runner.it(property.sentence, () => property.prove({ manifest, parts }), timeout)
  })
  await announcerConformance(runner, name, subjectFactory(manifest, plugin))
}
