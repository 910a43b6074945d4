/* What the poll-loop thread runs. */
import { isPollLoopWorker } from '#platform/linux/loop/protocol.ts'

import { loopPrograms } from './loop-programs.ts'

/**
 * A bundle without `poll-loop.js` beside it is run again by its own poll-loop worker: call this first, and do nothing
 * else when it returns true. Here native code is loaded in the worker only.
 */
export function runPollLoopIfWorker(): boolean {
  if (!isPollLoopWorker()) return false
  void import('#platform/linux/loop/run.ts').then(({ runPollLoop }) => runPollLoop(loopPrograms))
  return true
}
