/* Runs BFD sessions in the poll loop; the program there lives as long as there is a session. */
import { networkInterfaces } from 'node:os'

import { covers, parsePrefix, prefixOf } from '#core/bgp/prefix.ts'
import { bitsOf, familyOf, parseAddress, type Address } from '#core/model/address.ts'
import { seconds } from '#core/model/duration.ts'
import type { Clock } from '#core/ports.ts'
import { sharedPollLoop, type Channel, type PollLoop } from '#platform/linux/loop/poll-loop.ts'

import type { SessionSpec } from '../bfd/engine.ts'
import type { BfdEnds, BfdEvents, BfdHandle, BfdService } from '../bfd/service.ts'
import type { BfdProfile } from '../bfd/profile.ts'
import type { FromBfdProgram, ToBfdProgram } from './bfd-messages.ts'

/** Name of the program in the loop's table. */
const PROGRAM = 'bfd'
/** A program that failed is started again after this time. */
const restartAfter = seconds(5)

/** The thread is started with the first session. */
export function loopBfdService(clock: Clock, loop: () => PollLoop = sharedPollLoop): BfdService {
  return new LoopBfdService(clock, loop)
}

interface Wanted {
  readonly events: BfdEvents
  spec: SessionSpec
}

class LoopBfdService implements BfdService {
  readonly #loop: () => PollLoop
  readonly #clock: Clock
  readonly #sessions = new Map<number, Wanted>()
  #channel: Channel | undefined
  #cancelRestart: () => void = () => {}
  #nextId = 1

  constructor(clock: Clock, loop: () => PollLoop) {
    this.#loop = loop
    this.#clock = clock
  }

  start(ends: BfdEnds, profile: BfdProfile, events: BfdEvents): BfdHandle {
    const id = this.#nextId++
    const { local, remote } = ends
    const zone = ends.interface === undefined ? 0 : zoneOf(ends.interface)
    const multihop = ends.multihop || !isOnLink(local, remote)
    const wanted: Wanted = { events, spec: { id, local, remote, zone, multihop, profile } }
    this.#sessions.set(id, wanted)
    this.#tell({ op: 'keep', spec: wanted.spec })
    return {
      configure: (changed) => {
        wanted.spec = { ...wanted.spec, profile: changed }
        this.#tell({ op: 'keep', spec: wanted.spec })
      },
      close: () => this.#drop(id),
    }
  }

  #drop(id: number): void {
    this.#sessions.delete(id)
    this.#tell({ op: 'drop', id })
    if (this.#sessions.size > 0) return
    this.#cancelRestart()
    void this.#channel?.close()
    this.#channel = undefined
  }

  #tell(message: ToBfdProgram): void {
    this.#channel ??= this.#open()
    this.#channel.post(message)
  }

  #open(): Channel {
    const channel = this.#loop().start(PROGRAM, undefined, {
      message: (body) => this.#hear(body as FromBfdProgram),
      closed: (error) => {
        if (error !== undefined && this.#channel === channel) this.#failed(error)
      },
    })
    return channel
  }

  #failed(error: string): void {
    this.#channel = undefined
    for (const { events } of this.#sessions.values()) events.unavailable(error)
    this.#cancelRestart = this.#clock.after(restartAfter, () => {
      for (const { spec } of this.#sessions.values()) this.#tell({ op: 'keep', spec })
    })
  }

  #hear(event: FromBfdProgram): void {
    const events = this.#sessions.get(event.id)?.events
    switch (event.kind) {
      case 'changed':
        return events?.changed(event.change)
      case 'unavailable':
        return events?.unavailable(event.problem)
      case 'counted':
        return events?.counted(event.tally)
    }
  }
}

/** Without the interface there is none, and the session says that it cannot run. */
function zoneOf(link: string): number {
  return networkInterfaces()[link]?.find(({ scopeid }) => scopeid)?.scopeid ?? 0
}

function isOnLink(local: Address, remote: Address): boolean {
  const own = Object.values(networkInterfaces()).flatMap((entries) => entries ?? [])
  const subnets = own.filter(({ address }) => parseAddress(address) === local).map(({ cidr }) => cidr)
  const whole = prefixOf(remote, bitsOf(familyOf(remote)))
  return subnets.some((cidr) => {
    const subnet = cidr === null ? undefined : parsePrefix(cidr)
    return subnet !== undefined && covers(subnet, whole)
  })
}
