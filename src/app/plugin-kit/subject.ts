/* A plugin in a folder, as a subject of the conformance kit: each property gets a temporary folder, `${DIR}`. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import type { LoadedPlugin, Secret } from '#core/announcer.ts'
import { fakeHost } from '#core/fakes/fake-host.ts'
import { parseAddress, type Address } from '#core/model/address.ts'
import type { Subject, SubjectFactory } from '#testkit/index.ts'

import { RemoteAnnouncer } from '../plugin-host/remote-announcer.ts'
import { systemClock } from '../system.ts'
import type { KitManifest } from './manifest.ts'

const run = promisify(execFile)

export function subjectFactory(manifest: KitManifest, plugin: LoadedPlugin): SubjectFactory {
  return async () => {
    const folder = await mkdtemp(join(tmpdir(), 'herald-plugin-test-'))
    const config = within(manifest.config, folder)
    const secrets = secretsOf(manifest)
    const subject: Subject = {
      plugin,
      config,
      invalidConfig: within(manifest.invalidConfig, folder),
      addresses: manifest.addresses,
      offers: [{ advertisement: 'Advertisement test/kit', options: manifest.options }],
      clock: systemClock,
      observe: () => observed(manifest, folder),
      ...(Object.keys(secrets).length > 0 && { secrets }),
      leftovers: { plant: (address) => leaveBehind({ plugin, config, secrets }, address) },
      dispose: () => rm(folder, { recursive: true, force: true }),
    }
    return subject
  }
}

/** `${DIR}` in every text of a value. */
function within(value: unknown, folder: string): unknown {
  if (value === undefined) return {}
  return JSON.parse(JSON.stringify(value).replaceAll('${DIR}', folder)) as unknown
}

async function observed({ observe, source }: KitManifest, folder: string): Promise<ReadonlySet<Address>> {
  const [command, ...args] = observe.map((word) => word.replaceAll('${DIR}', folder))
  const { stdout } = await run(command ?? '', args, { cwd: source.from, timeout: 10_000 })
  const words = stdout.split(/\s+/).filter((word) => word !== '')
  return new Set(
    words.map((word) => {
      const address = parseAddress(word)
      if (address === undefined)
        throw new Error(`the observe command printed ${JSON.stringify(word)}, allowed: addresses`)
      return address
    }),
  )
}

function secretsOf({ secrets }: KitManifest): Readonly<Record<string, Secret>> {
  const bytes = (texts: Readonly<Record<string, string>>): Secret =>
    Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, new TextEncoder().encode(text)]))
  return Object.fromEntries(Object.entries(secrets).map(([name, texts]) => [name, bytes(texts)]))
}

/** A life that announces the address and is killed in the middle of it. */
async function leaveBehind(
  {
    plugin,
    config,
    secrets,
  }: Pick<Subject, 'plugin' | 'config'> & { secrets: NonNullable<Subject['secrets']> },
  address: Address,
): Promise<void> {
  const host = fakeHost({ clock: systemClock })
  for (const [name, secret] of Object.entries(secrets)) host.secrets.set(name, secret)
  const announcer = plugin.create(config, host)
  if (!(announcer instanceof RemoteAnnouncer)) throw new TypeError('not a plugin of a third party')
  const never = new AbortController().signal
  await announcer.open(never)
  const grant = plugin.placement === 'one-node' ? host.grants.grant(address) : undefined
  const offers = [{ advertisement: 'Advertisement test/kit', options: {} }]
  const services = [{ name: 'test/left', labels: {}, localEndpoints: 1, totalEndpoints: 1 }]
  const target = { address, services, offers, stage: 'serve' as const, ...(grant && { grant }) }
  const resources = Object.fromEntries(plugin.resources.map((kind) => [kind, []]))
  await announcer.reconcile({ generation: 1, targets: [target], resources }, never)
  await announcer.kill()
}
