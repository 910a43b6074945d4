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

/** Keeps the loop later than a timer is due with every message, and posts what came in which order. */
const lagging: LoopProgram = {
  start(context: LoopContext) {
    const order: unknown[] = []
    context.onMessage((message) => {
      order.push(message)
      if (message === 'first') context.clock.after(milliseconds(1), () => order.push('timer'))
      const until = performance.now() + 20
      while (performance.now() < until);
      if (message === 'last') context.post(order)
    })
  },
}

await runPollLoop({
  lagging: async () => ({ default: lagging }),
  echo: async () => ({ default: echo }),
  faulty: async () => ({ default: faulty }),
  timers: async () => ({ default: timers }),
  missing: () => Promise.reject(new Error('cannot load')),
})
