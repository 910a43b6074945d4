/* A poll-loop worker whose `l2` program does as the deltas it receives say, instead of announcing anything. */
import { runPollLoop } from '#platform/linux/loop/run.ts'
import type { LoopContext } from '#platform/linux/loop/program.ts'
import type { FromProgram, ToProgram } from '#plugins/l2/io/program-messages.ts'

const program = {
  start(context: LoopContext): void {
    const post = (message: FromProgram): void => context.post(message)
    post({ kind: 'event', event: { kind: 'interfaces', names: ['eth0'], subnets: [] } })
    context.onMessage((message) => {
      const { seq, delta } = message as ToProgram
      if (delta.put.some(({ address }) => address === '0.0.0.0')) throw new Error('told to fail')
      post({ kind: 'applied', seq })
    })
  },
}

await runPollLoop({ l2: async () => ({ default: program }) })
