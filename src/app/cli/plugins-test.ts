/* herald plugins test: the conformance kit on a plugin in a folder, with a sentence for each property. */
import { Command } from 'commander'

import { messageOf } from '#core/errors.ts'
import { checkConformance, type PropertyResult } from '#testkit/index.ts'

import { loadPlugin, partsOf, type HostDeps } from '../plugin-host/load.ts'
import { textOf } from '../plugin-host/source.ts'
import { manifestName, readManifest, type KitManifest } from '../plugin-kit/manifest.ts'
import { checkProtocol } from '../plugin-kit/protocol-properties.ts'
import { subjectFactory } from '../plugin-kit/subject.ts'
import { systemClock } from '../system.ts'
import { processTerminal, type Terminal } from './inputs.ts'
import type { ExitStatus } from './plan.ts'

/** Milliseconds that all of it may take. */
const limit = 60_000

export function pluginsTestCommand(terminal: Terminal = processTerminal()): Command {
  return new Command('test')
    .description('prove that a plugin keeps the contract of the seam and the protocol')
    .argument('<path>', `the plugin's folder, which holds ${manifestName}`)
    .action(async (path: string) => {
      process.exitCode = await testPlugin(path, terminal)
    })
}

/** 0: every property that applies holds; 1: one does not, or the plugin does not load; 2: there is no such folder. */
export async function testPlugin(
  path: string,
  terminal: Terminal,
  host: HostDeps = { clock: systemClock },
): Promise<ExitStatus> {
  let manifest: KitManifest
  try {
    manifest = await readManifest(path)
  } catch (cause) {
    terminal.err(`herald plugins test: ${messageOf(cause)}\n`)
    return 2
  }
  const { source } = manifest
  terminal.out(`plugin ${source.name} (${textOf(source)})\n`)
  const started = performance.now()
  let results: readonly PropertyResult[]
  try {
    results = await proveAll(manifest, host)
  } catch (cause) {
    terminal.err(`herald plugins test: ${messageOf(cause)}\n`)
    return 1
  }
  for (const result of results) terminal.out(lineOf(result))
  const count = (outcome: PropertyResult['outcome']): number =>
    results.filter((one) => one.outcome === outcome).length
  const took = ((performance.now() - started) / 1000).toFixed(1)
  const [hold, fail, rest] = [count('holds'), count('fails'), count('not declared')]
  terminal.out(`${hold} hold, ${fail} fail, ${rest} do not apply (${took} s)\n`)
  return fail === 0 ? 0 : 1
}

async function proveAll(manifest: KitManifest, host: HostDeps): Promise<PropertyResult[]> {
  const end = performance.now() + limit
  const plugin = await loadPlugin(manifest.source, host)
  const protocol = await checkProtocol({ manifest, parts: partsOf(manifest.source, host) })
  const within = end - performance.now()
  return [...protocol, ...(await checkConformance(subjectFactory(manifest, plugin), { within }))]
}

function lineOf({ sentence, outcome, error }: PropertyResult): string {
  if (outcome === 'holds') return `  ✓ ${sentence}\n`
  if (outcome === 'not declared') return `  - ${sentence}: does not apply, or was not declared\n`
  return `  ✗ ${sentence}\n      ${messageOf(error).replaceAll('\n', '\n      ')}\n`
}
