import { isPollLoopWorker } from '#platform/linux/loop/protocol.ts'

import { loopPrograms } from './loop-programs.ts'

/**
 * The product is one file, and the poll-loop worker runs that file again: call this first, and do nothing else when
 * it returns true. Native code is loaded in the worker only.
 */
export function runPollLoopIfWorker(): boolean {
  if (!isPollLoopWorker()) return false
  void import('#platform/linux/loop/run.ts').then(({ runPollLoop }) => runPollLoop(loopPrograms))
  return true
}
