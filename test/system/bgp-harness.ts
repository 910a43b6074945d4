/* The process behind a BgpNode: the plugin on the main thread, BFD in the poll-loop worker of the same file. */
import { runPollLoopIfWorker } from '#app/poll-loop.ts'
import { instantAt, milliseconds } from '#core/model/duration.ts'
import type { Clock } from '#core/ports.ts'
import { realClock } from '#testkit/real-clock.ts'

import { obeyStandardInput } from './bgp-obey.ts'

/** How many seconds pass for BGP in a real one; only timers too long for a test ask for more than one. */
const pace = Number(process.argv[2] ?? 1)
const clock: Clock = {
  now: () => instantAt(realClock.now() * pace),
  after: (delay, task) => realClock.after(milliseconds(delay / pace), task),
}

if (!runPollLoopIfWorker()) await obeyStandardInput({ clock })
