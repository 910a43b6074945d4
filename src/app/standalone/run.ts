/* The life of the process in standalone mode: load, start, say so, stop on a signal. */
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'

import { composeStandalone } from '../compose.ts'
import { loadPlugins } from '../load-plugins.ts'
import { readKey, readOrMakeKey } from '../membership/key-file.ts'
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
    stopOnSignal(app)
    await app.start()
    announce(app, options)
  } catch (cause) {
    console.error(`herald standalone: ${cause instanceof Error ? cause.message : String(cause)}`)
    process.exit(1)
  }
}

/**
 * V8 grows each thread's young generation to 32 MB during the first burst of work and never gives it back. A process
 * that mostly waits is better off collecting more often. Takes effect for the threads started later as well.
 */
function keepYoungGenerationSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
}

function keyFor({ stateFolder, heartbeats: { keyFile } }: StandaloneOptions): Promise<Uint8Array> {
  return keyFile === undefined ? readOrMakeKey(join(stateFolder, 'heartbeat.key')) : readKey(keyFile)
}

/** The first signal stops in good order; whoever sends a second one does not want to wait. */
function stopOnSignal(app: StandaloneApp): void {
  let stopping = false
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(signal === 'SIGINT' ? 130 : 143)
    stopping = true
    app.stop().then(
      () => process.exit(0),
      (cause: unknown) => {
        console.error(`herald standalone: ${String(cause)}`)
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
}

function announce(app: StandaloneApp, options: StandaloneOptions): void {
  const summary = app.summary(options)
  if (summary === undefined) return
  if (process.stderr.isTTY) process.stderr.write(`${summaryText(summary)}\n`)
  else app.log.info('started', summaryFields(summary))
}
