/* What every process that runs until it is told to stop has in common. */
const lookEvery = 2000
/** Of the main thread's time since the last look: less work than that is rest. */
const rest = 0.1

/** From now on, and whenever a burst of work is over: the memory that it leaves behind goes back to the kernel. */
export async function keepMemorySmall(): Promise<void> {
  const { keepYoungGenerationSmall, SpareMemory } = await import('#platform/linux/spare-memory.ts')
  const { sharedPollLoop } = await import('#platform/linux/loop/poll-loop.ts')
  keepYoungGenerationSmall()
  const spare = new SpareMemory()
  let before = performance.eventLoopUtilization()
  const look = (): void => {
    const { utilization } = performance.eventLoopUtilization(before)
    before = performance.eventLoopUtilization()
    if (spare.giveBack(utilization > rest ? 'work' : 'rest')) sharedPollLoop().giveBackMemory()
  }
  setInterval(look, lookEvery).unref()
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
