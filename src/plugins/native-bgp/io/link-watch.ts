/*
 * One link: asks who is there, hears who says so, and shows itself, for the router looks for us in the same way. The
 * socket lives as long as the interface has its link-local address.
 */
import { networkInterfaces } from 'node:os'

import { messageOf } from '#core/errors.ts'
import { parseAddress, type Address } from '#core/model/address.ts'
import { later, seconds, since, type Instant } from '#core/model/duration.ts'
import { openIcmp6Socket, type Icmp6Socket } from '#platform/linux/icmp6-socket.ts'
import type { LoopContext } from '#platform/linux/loop/program.ts'
import { isSystemError } from '#platform/linux/system-error.ts'

import type { DiscoveryEvents } from '../discovery.ts'
import { routerAfter, type LinkRouter } from '../fsm/link-router.ts'
import {
  decodeDiscovery,
  encodeAdvertisement,
  encodeSolicitation,
  routerAdvertisement,
  routerSolicitation,
} from '../wire/router-discovery.ts'

const [allNodes, allRouters] = ['ff02::1' as Address, 'ff02::2' as Address]
const reopenAfter = seconds(1)
/** As FRR does for the sake of BGP. */
const advertiseEvery = seconds(10)
/** RFC 4861 §10: MIN_DELAY_BETWEEN_RAS, RTR_SOLICITATION_INTERVAL, MAX_RTR_SOLICITATIONS. */
const [closest, solicitEvery, solicitations] = [seconds(3), seconds(4), 3]
/** Read per wake-up before other descriptors have their turn. */
const batch = 32

export class LinkWatch {
  readonly #link: string
  readonly #context: Pick<LoopContext, 'clock' | 'watch'>
  readonly #events: DiscoveryEvents
  #socket: Icmp6Socket | undefined
  #unwatch: () => void = () => {}
  #cancelAdvertising: () => void = () => {}
  #cancelSoliciting: () => void = () => {}
  #advertised: Instant
  #router: LinkRouter | undefined
  #complaint: string | undefined

  constructor(link: string, context: Pick<LoopContext, 'clock' | 'watch'>, events: DiscoveryEvents) {
    this.#link = link
    this.#context = context
    this.#events = events
    this.#advertised = context.clock.now()
    this.#open()
  }

  close(): void {
    this.#cancelAdvertising()
    this.#cancelSoliciting()
    this.#unwatch()
    this.#unwatch = () => {}
    this.#socket?.close()
    this.#socket = undefined
  }

  #open(): void {
    try {
      const own = linkLocalOf(this.#link)
      this.#socket = openIcmp6Socket({
        ...own,
        types: [routerSolicitation, routerAdvertisement],
        groups: [allRouters],
      })
      this.#unwatch = this.#context.watch(this.#socket.fd, () => this.#read())
      this.#complaint = undefined
      this.#advertise()
      this.#solicit(solicitations)
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    this.close()
    const problem = messageOf(error)
    if (problem !== this.#complaint) this.#events.unavailable(problem)
    this.#complaint = problem
    this.#cancelAdvertising = this.#context.clock.after(reopenAfter, () => this.#open())
  }

  #advertise(): void {
    const { clock } = this.#context
    this.#cancelAdvertising()
    this.#advertised = clock.now()
    this.#cancelAdvertising = clock.after(advertiseEvery, () => this.#advertise())
    this.#send(encodeAdvertisement(), allNodes)
  }

  #solicit(left: number): void {
    if (left === 0 || this.#router !== undefined) return
    this.#cancelSoliciting = this.#context.clock.after(solicitEvery, () => this.#solicit(left - 1))
    this.#send(encodeSolicitation(), allRouters)
  }

  /** A link that takes nothing any more is opened anew: its interface may be another one of the same name. */
  #send(bytes: Uint8Array, to: Address): void {
    try {
      this.#socket?.send(bytes, to)
    } catch (error) {
      if (!isSystemError(error)) throw error
      this.#fail(error)
    }
  }

  #read(): void {
    try {
      for (let i = 0; i < batch; i++) {
        const message = this.#socket?.receive()
        if (message === undefined) return
        this.#take(message.source, message.bytes)
      }
    } catch (error) {
      if (!isSystemError(error)) throw error
      this.#fail(error)
    }
  }

  #take(source: Address, bytes: Uint8Array): void {
    const message = decodeDiscovery(bytes)
    if (typeof message === 'string') return
    if (message.kind === 'solicitation') return this.#answer()
    const before = this.#router?.address
    this.#router = routerAfter(this.#router, { ...message, source }, this.#context.clock.now())
    if (this.#router.address !== before) this.#events.found(this.#router.address)
  }

  #answer(): void {
    const { clock } = this.#context
    const wait = since(clock.now(), later(this.#advertised, closest))
    if (wait <= 0) return this.#advertise()
    this.#cancelAdvertising()
    this.#cancelAdvertising = clock.after(wait, () => this.#advertise())
  }
}

/** Throws an error that says what is missing. */
function linkLocalOf(link: string): { readonly address: Address; readonly zone: number } {
  const entries = networkInterfaces()[link]
  if (entries === undefined) throw new Error(`there is no interface ${link} that is up`)
  const own = entries.find(({ scopeid }) => scopeid)
  const address = own && parseAddress(own.address)
  if (own?.scopeid === undefined || address === undefined)
    throw new Error(`interface ${link} has no IPv6 link-local address`)
  return { address, zone: own.scopeid }
}
