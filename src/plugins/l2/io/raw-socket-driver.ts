/*
 * ARP in the poll loop, Neighbour Discovery over raw-socket. That package lives on the main thread's event loop (it
 * crashes in a worker), so the second engine is here, told of links by the first.
 */
import { performance } from 'node:perf_hooks'

import { fenceOver } from '#core/announcer.ts'
import { familyOf, type Address } from '#core/model/address.ts'
import { instantAt } from '#core/model/duration.ts'
import type { Clock } from '#core/ports.ts'
import { monotonicMilliseconds } from '#platform/linux/monotonic.ts'
import type { PollLoop } from '#platform/linux/loop/poll-loop.ts'
import { Engine } from '../engine.ts'
import type { Driver, DriverEvents, EngineInit, L2Delta } from '../protocol.ts'
import { startLoopDriver } from './loop-driver.ts'
import { loadRawSocket } from './raw-socket.ts'
import { RawSocketWire } from './raw-socket-wire.ts'

const clock: Clock = {
  now: () => instantAt(performance.now()),
  after(delay, task) {
    const timer = setTimeout(task, delay)
    return () => clearTimeout(timer)
  },
}

export async function startRawSocketDriver(
  loop: PollLoop,
  init: EngineInit,
  events: DriverEvents,
): Promise<Driver> {
  const wire = new RawSocketWire(loadRawSocket(), {
    heard: (index, message) => ndp.hearNeighbor(index, message),
    broken: (index, fault) => ndp.linkBroken(index, fault),
  })
  const ndp = new Engine({
    config: init.config,
    fence: fenceOver(init.fence, monotonicMilliseconds),
    clock,
    wire,
    // The first engine tells of interfaces already.
    emit: (event) => event.kind !== 'interfaces' && events.engine(event),
  })
  const arp = await startLoopDriver(loop, init, {
    engine: (event) => events.engine(event),
    lost: (error) => {
      ndp.close()
      events.lost(error)
    },
    links: (links) => ndp.setLinks(links),
  })
  return {
    async apply(delta) {
      await new Promise<void>((resolve) => ndp.apply(partOf(delta, 'IPv6'), resolve))
      await arp.apply(partOf(delta, 'IPv4'))
    },
    async close() {
      ndp.close()
      await arp.close()
    },
  }
}

function partOf({ put, drop, watch }: L2Delta, family: 'IPv4' | 'IPv6'): L2Delta {
  const belongs = (address: Address): boolean => familyOf(address) === family
  return {
    put: put.filter(({ address }) => belongs(address)),
    drop: drop.filter(belongs),
    ...(watch === undefined ? {} : { watch: watch.filter(belongs) }),
  }
}
