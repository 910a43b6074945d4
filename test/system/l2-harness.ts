/* The process behind an L2Node: the plugin on the main thread, its engine in the poll-loop worker of the same file. */
import { runPollLoopIfWorker } from '#app/poll-loop.ts'
import { obeyStandardInput } from './l2-obey.ts'

if (!runPollLoopIfWorker()) await obeyStandardInput(JSON.parse(process.argv[2] ?? '{}'))
