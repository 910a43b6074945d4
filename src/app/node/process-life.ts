/* What every process that runs until it is told to stop has in common. */
import type { MembershipTiming } from '#core/membership/timing.ts'
import { milliseconds } from '#core/model/duration.ts'
import type { Logger } from '#core/ports.ts'

import { lookEvery, TidyMemory } from './tidy-memory.ts'

/** Of the main thread's time since the last look: less work than that is rest. */
const rest = 0.1

/**
 * From now on, and whenever a burst of work is over: the memory that it leaves behind goes back to the kernel. A pause
 * of the thread that beats must stay well below what the others tolerate, `timing`: half of it, less a beat. A young
 * generation that grows is for a process that bursts are the work of.
 */
export async function keepMemorySmall({
  timing,
  youngGeneration = 'small',
}: {
  readonly timing?: MembershipTiming
  readonly youngGeneration?: 'small' | 'grows'
}): Promise<void> {
  const within = milliseconds(timing === undefined ? Infinity : (timing.pauseAfter - timing.beatEvery) / 2)
  const { keepYoungGenerationSmall, SpareMemory } = await import('#platform/linux/spare-memory.ts')
  const { sharedPollLoop } = await import('#platform/linux/loop/poll-loop.ts')
  const { forgetProgramPages } = await import('#platform/linux/program-pages.ts')
  if (youngGeneration === 'small') keepYoungGenerationSmall()
  const spare = new SpareMemory()
  const tidy = new TidyMemory({
    collect: (when) => spare.giveBack(when),
    collectElsewhere: () => sharedPollLoop().giveBackMemory(within),
    // A process that may not read its own map has them all the longer.
    forgetPages: () => void forgetProgramPages().catch(() => {}),
  })
  let before = performance.eventLoopUtilization()
  const look = (): void => {
    const { utilization } = performance.eventLoopUtilization(before)
    before = performance.eventLoopUtilization()
    tidy.look(utilization > rest)
  }
  setInterval(look, lookEvery).unref()
}

/** Where there will be addresses to answer for: the thread is there before the burst of work that they begin with. */
export async function startPollLoop(): Promise<void> {
  const { sharedPollLoop } = await import('#platform/linux/loop/poll-loop.ts')
  await sharedPollLoop().ready()
}

export interface Ending {
  readonly command: string
  readonly log: Logger
  /** Hands over, withdraws, closes. */
  readonly stop: () => Promise<void>
}

/** For the last handover of a process that can no longer be trusted: longer than one takes, and not long. */
const lastHandover = 5000

/**
 * The first signal stops in good order; whoever sends a second one does not want to wait. So does a fault that nobody
 * expected: what it left half done is unknown, so the process hands over and ends with status 1, to be started anew.
 */
export function endWell({ command, log, stop }: Ending): void {
  let stopping = false
  let [faults, signals] = [0, 0]
  const end = (): void => {
    if (stopping) return
    stopping = true
    stop().then(
      () => process.exit(faults === 0 ? 0 : 1),
      (cause: unknown) => {
        console.error(`herald ${command}: ${String(cause)}`)
        process.exit(1)
      },
    )
  }
  const signalled = (code: number) => (): void => {
    if (++signals > 1) process.exit(code)
    end()
  }
  const broken = (cause: unknown): void => {
    log.error('unexpected fault, ending', { cause: cause instanceof Error ? cause.stack : String(cause) })
    if (++faults > 1) process.exit(1)
    setTimeout(() => process.exit(1), lastHandover)
    end()
  }
  process.on('SIGINT', signalled(130))
  process.on('SIGQUIT', signalled(131))
  process.on('SIGTERM', signalled(143))
  process.on('uncaughtException', broken)
  process.on('unhandledRejection', broken)
}
