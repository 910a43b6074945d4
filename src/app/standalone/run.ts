/* The life of the process in standalone mode: load, start, say so, stop on a signal. */
import { join } from 'node:path'

import { composeStandalone } from '../compose.ts'
import { loadPlugins } from '../load-plugins.ts'
import { readKey, readOrMakeKey } from '../membership/key-file.ts'
import { keepYoungGenerationSmall, stopOnSignal } from '../node/process-life.ts'
import type { StandaloneApp } from './app.ts'
import type { StandaloneOptions } from './options.ts'
import { summaryFields, summaryText } from './summary.ts'

/** Settles when the process is up. What cannot work is said in one line, and ends the process with status 1. */
export async function runStandalone(options: StandaloneOptions): Promise<void> {
  keepYoungGenerationSmall()
  try {
    const app = composeStandalone({
      options,
      plugins: await loadPlugins(options.plugins),
      heartbeatKey: await keyFor(options),
    })
    stopOnSignal('standalone', () => app.stop())
    await app.start()
    announce(app, options)
  } catch (cause) {
    console.error(`herald standalone: ${cause instanceof Error ? cause.message : String(cause)}`)
    process.exit(1)
  }
}

function keyFor({ stateFolder, heartbeats: { keyFile } }: StandaloneOptions): Promise<Uint8Array> {
  return keyFile === undefined ? readOrMakeKey(join(stateFolder, 'heartbeat.key')) : readKey(keyFile)
}

function announce(app: StandaloneApp, options: StandaloneOptions): void {
  const summary = app.summary(options)
  if (summary === undefined) return
  if (process.stderr.isTTY) process.stderr.write(`${summaryText(summary)}\n`)
  else app.log.info('started', summaryFields(summary))
}
