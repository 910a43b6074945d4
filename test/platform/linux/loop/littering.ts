/* A process that says how often its threads were woken while its poll loop collected garbage. */
import { fileURLToPath } from 'node:url'

import { PollLoop } from '#platform/linux/loop/poll-loop.ts'
import { isPollLoopWorker } from '#platform/linux/loop/protocol.ts'
import { runPollLoop } from '#platform/linux/loop/run.ts'
import { litter } from './litter.ts'

if (isPollLoopWorker()) await runPollLoop({ litter: async () => ({ default: litter }) })
else
  new PollLoop(fileURLToPath(import.meta.url)).start('litter', undefined, {
    message: (wakeUps) => {
      console.log(JSON.stringify(wakeUps))
      process.exit()
    },
    closed: (error) => {
      console.error(error)
      process.exit(1)
    },
  })
