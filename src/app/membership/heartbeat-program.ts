/* The heartbeat engine as a program of the poll loop. */
import { createHmac } from 'node:crypto'

import { framesHeard } from '#platform/linux/frames-heard.ts'
import type { LoopContext, LoopProgram } from '#platform/linux/loop/program.ts'
import { monotonicMilliseconds } from '#platform/linux/monotonic.ts'

import { openBeatWire } from './beat-wire.ts'
import { HeartbeatEngine } from './heartbeat-engine.ts'
import type { FromHeartbeats, HeartbeatInit, ToHeartbeats } from './protocol.ts'
import { openSignedWire } from './signed-wire.ts'

const program: LoopProgram = {
  start(context: LoopContext): void {
    const init = context.init as HeartbeatInit
    const engine = new HeartbeatEngine({
      init,
      clock: context.clock,
      monotonic: monotonicMilliseconds,
      openWire: (keys, ears) =>
        openSignedWire({
          ...ears,
          keys,
          macUnder: (key) => (message) => createHmac('sha256', key).update(message).digest(),
          open: (received) =>
            openBeatWire({ port: init.port, watch: (fd, handler) => context.watch(fd, handler), received }),
        }),
      framesHeard,
      emit: (message: FromHeartbeats) => context.post(message),
    })
    context.onStop(() => engine.close())
    context.onMessage((message) => engine.handle(message as ToHeartbeats))
  },
}

export default program
