/* The BFD engine as a program of the poll loop. */
import { randomInt } from 'node:crypto'

import type { Random } from '#core/ports.ts'
import type { LoopContext, LoopProgram } from '#platform/linux/loop/program.ts'

import { BfdEngine } from '../bfd/engine.ts'
import type { FromBfdProgram, ToBfdProgram } from './bfd-messages.ts'
import { UdpBfdWire } from './bfd-wire.ts'

const random: Random = { next: () => randomInt(2 ** 32) / 2 ** 32 }

const program: LoopProgram = {
  start(context: LoopContext): void {
    const wire = new UdpBfdWire({
      watch: (fd, handler) => context.watch(fd, handler),
      arrived: (arrival) => engine.hear(arrival),
      echoReturned: (discriminator) => engine.hearEcho(discriminator),
    })
    const engine = new BfdEngine({
      clock: context.clock,
      random,
      wire,
      emit: (event: FromBfdProgram) => context.post(event),
    })
    context.onStop(() => engine.close())
    context.onMessage((message) => {
      const wish = message as ToBfdProgram
      if (wish.op === 'keep') engine.keep(wish.spec)
      else engine.drop(wish.id)
    })
  },
}

export default program
