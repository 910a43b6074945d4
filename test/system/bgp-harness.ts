/* The process behind a BgpNode: the plugin on the main thread, BFD in the poll-loop worker of the same file. */
import { runPollLoopIfWorker } from '#app/poll-loop.ts'

import { obeyStandardInput } from './bgp-obey.ts'

if (!runPollLoopIfWorker()) await obeyStandardInput()
