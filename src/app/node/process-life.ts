/* What every process that runs until it is told to stop has in common. */
import { setFlagsFromString } from 'node:v8'

/**
 * V8 grows each thread's young generation to 32 MB during the first burst of work and never gives it back. A process
 * that mostly waits is better off collecting more often. Takes effect for the threads started later as well.
 */
export function keepYoungGenerationSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
}

/** The first signal stops in good order; whoever sends a second one does not want to wait. */
export function stopOnSignal(command: string, end: () => Promise<void>): void {
  let stopping = false
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(signal === 'SIGINT' ? 130 : 143)
    stopping = true
    end().then(
      () => process.exit(0),
      (cause: unknown) => {
        console.error(`herald ${command}: ${String(cause)}`)
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
}
