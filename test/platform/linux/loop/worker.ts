/* A poll-loop worker with programs that tests can see through. */
import { runPollLoop } from '#platform/linux/loop/run.ts'
import type { LoopContext, LoopProgram } from '#platform/linux/loop/program.ts'
import { milliseconds } from '#core/model/duration.ts'

const echo: LoopProgram = {
  start(context: LoopContext) {
    context.post({ started: context.init })
    context.onMessage((message) => context.post({ echo: message }))
    context.onStop(() => context.post('stopped'))
  },
}

const faulty: LoopProgram = {
  start(context: LoopContext) {
    context.onStop(() => context.post('released'))
    context.onMessage(() => {
      throw new Error('a handler went wrong')
    })
  },
}

/** Posts the order in which its timers fire. */
const timers: LoopProgram = {
  start(context: LoopContext) {
    const fired: string[] = []
    const note = (name: string) => () => {
      fired.push(name)
      if (name === 'last') context.post(fired)
    }
    context.clock.after(milliseconds(6), note('last'))
    context.clock.after(milliseconds(2), note('first'))
    context.clock.after(milliseconds(4), note('never'))()
    context.clock.after(milliseconds(4), note('second'))
  },
}

await runPollLoop({
  echo: async () => ({ default: echo }),
  faulty: async () => ({ default: faulty }),
  timers: async () => ({ default: timers }),
  missing: () => Promise.reject(new Error('cannot load')),
})
