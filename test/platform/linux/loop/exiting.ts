/* A process that leaves with status 7 while its poll loop has nothing to do. */
import { fileURLToPath } from 'node:url'

import { PollLoop } from '#platform/linux/loop/poll-loop.ts'
import { isPollLoopWorker } from '#platform/linux/loop/protocol.ts'
import { runPollLoop } from '#platform/linux/loop/run.ts'
import type { LoopContext } from '#platform/linux/loop/program.ts'

const idle = { start: (context: LoopContext): void => context.post('idle') }

if (isPollLoopWorker()) await runPollLoop({ idle: async () => ({ default: idle }) })
else
  new PollLoop(fileURLToPath(import.meta.url)).start('idle', undefined, {
    message: () => process.exit(7),
    closed: () => undefined,
  })
