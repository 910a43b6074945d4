/* A third-party plugin run as Herald runs it: loaded, then driven by a PluginRunner. */
import { fileURLToPath } from 'node:url'

import type { Target } from '#core/announcer.ts'
import { fakeHost, type FakeHost } from '#core/fakes/fake-host.ts'
import type { Duration } from '#core/model/duration.ts'
import { parseAddress } from '#core/model/address.ts'
import { PluginRunner } from '#core/runtime/plugin-runner.ts'
import { loadPlugin, type HostDeps } from '#app/plugin-host/load.ts'
import { defaultLimits, type Limits, type PluginSource } from '#app/plugin-host/source.ts'
import { realClock } from '#testkit/real-clock.ts'

const from = fileURLToPath(new URL('fixtures', import.meta.url))

export type Kind = 'module' | 'executable'

export function fixture(kind: Kind, limits: Partial<Limits> = {}): PluginSource {
  const common = { name: 'fixture', from, limits: { ...defaultLimits, ...limits } }
  if (kind === 'module') return { ...common, kind, module: './module.mjs' }
  return { ...common, kind, executable: './executable.py', args: [], env: { MOOD: 'joy' } }
}

export interface Speaker {
  readonly host: FakeHost
  readonly runner: PluginRunner
  announce(...addresses: readonly string[]): void
}

export async function speaker(
  source: PluginSource,
  config: unknown,
  { deadline, ...deps }: HostDeps & { readonly deadline: Duration },
): Promise<Speaker> {
  const plugin = await loadPlugin(source, deps)
  const host = fakeHost({ clock: realClock })
  const runner = new PluginRunner({
    plugin,
    config,
    host,
    times: { deadline },
  })
  runner.start()
  const announce = (...addresses: readonly string[]): void => {
    runner.desire({ targets: addresses.map(target), resources: {} })
  }
  announce()
  return { host, runner, announce }
}

export function target(text: string): Target {
  const address = parseAddress(text)
  if (address === undefined) throw new Error(text)
  const offers = [{ advertisement: 'Advertisement test/one', options: {} }]
  return { address, services: [], offers, stage: 'serve' }
}
