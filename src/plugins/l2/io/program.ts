/* The engine as a program of the poll loop: packet sockets and link events on one side, messages on the other. */
import { fenceOver } from '#core/announcer.ts'
import type { LoopContext, LoopProgram } from '#platform/linux/loop/program.ts'
import { monotonicMilliseconds } from '#platform/linux/monotonic.ts'
import { openLinkMonitor } from '#platform/linux/netlink/monitor.ts'
import { Engine } from '../engine.ts'
import type { FromProgram, ProgramInit, ToProgram } from './program-messages.ts'
import { PacketWire } from './packet-wire.ts'

const program: LoopProgram = {
  start(context: LoopContext): void {
    const { config, fence, tellLinks } = context.init as ProgramInit
    const post = (message: FromProgram): void => context.post(message)
    const wire = new PacketWire({
      watch: (fd, handler) => context.watch(fd, handler),
      frame: (index, frame) => engine.hear(index, frame),
      broken: (index, fault) => engine.linkBroken(index, fault),
    })
    const engine = new Engine({
      config,
      fence: fenceOver(fence, monotonicMilliseconds),
      clock: context.clock,
      wire,
      emit: (event) => post({ kind: 'event', event }),
    })
    context.onStop(() => wire.close())
    context.onStop(() => engine.close())
    const monitor = openLinkMonitor((links) => {
      if (tellLinks) post({ kind: 'links', links })
      engine.setLinks(links)
    })
    context.onStop(() => monitor.close())
    context.watch(monitor.fd, () => monitor.read())
    context.onMessage((message) => {
      const { seq, delta } = message as ToProgram
      engine.apply(delta, () => post({ kind: 'applied', seq }))
    })
  },
}

export default program
