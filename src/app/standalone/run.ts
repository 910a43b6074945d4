/* The life of the process in standalone mode: load, start, say so, stop on a signal. */
import { messageOf } from '#core/errors.ts'
import { composeStandalone } from '../compose.ts'
import { loadPlugins } from '../load-plugins.ts'
import { readKeys, readOrMakeKeys } from '../membership/key-file.ts'
import type { Keys } from '../membership/protocol.ts'
import { endWell, keepMemorySmall, startPollLoop } from '../node/process-life.ts'
import type { StandaloneApp } from './app.ts'
import { keyFileOf, type StandaloneOptions } from './options.ts'
import { summaryFields, summaryText } from './summary.ts'

/** Settles when the process is up. What cannot work is said in one line, and ends the process with status 1. */
export async function runStandalone(options: StandaloneOptions): Promise<void> {
  await keepMemorySmall({ timing: options.heartbeats.timing })
  await startPollLoop()
  try {
    const app = composeStandalone({
      options,
      plugins: await loadPlugins(options.plugins),
      heartbeatKeys: await keysFor(options),
    })
    endWell({ command: 'standalone', log: app.log, stop: () => app.stop() })
    await app.start()
    announce(app, options)
  } catch (cause) {
    console.error(`herald standalone: ${messageOf(cause)}`)
    process.exit(1)
  }
}

function keysFor(options: StandaloneOptions): Promise<Keys> {
  const file = keyFileOf(options)
  return options.heartbeats.keyFile === undefined ? readOrMakeKeys(file) : readKeys(file)
}

function announce(app: StandaloneApp, options: StandaloneOptions): void {
  const summary = app.summary(options)
  if (summary === undefined) return
  if (process.stderr.isTTY) process.stderr.write(`${summaryText(summary)}\n`)
  else app.log.info('started', summaryFields(summary))
}
