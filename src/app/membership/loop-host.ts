/* Runs the heartbeat engine in the poll loop. Native code is loaded when the first one starts. */
import type { EngineHost } from './heartbeats.ts'
import type { FromHeartbeats } from './protocol.ts'

/** Name of the program in the loop's table. */
const PROGRAM = 'heartbeats'

export const loopHost: EngineHost = {
  async start(init, { message, closed }) {
    const { sharedPollLoop } = await import('#platform/linux/loop/poll-loop.ts')
    return sharedPollLoop().start(PROGRAM, init, {
      message: (body) => message(body as FromHeartbeats),
      closed,
    })
  },
}
