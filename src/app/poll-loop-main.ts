/* `poll-loop.js` of the build: the poll-loop thread, and nothing else of the program. */
import { runPollLoop } from '#platform/linux/loop/run.ts'

import { loopPrograms } from './loop-programs.ts'

await runPollLoop(loopPrograms)
