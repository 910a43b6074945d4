/*
 * One life of one Herald process: the real heartbeat engine, grants, rights and prober, and between them what the two
 * threads say to each other, which takes time.
 *
 *   loop thread: heartbeat engine, responder     main thread: picture, decision, rights
 */
import { HeartbeatEngine } from '#app/membership/heartbeat-engine.ts'
import type { Keys, ToHeartbeats } from '#app/membership/protocol.ts'
import type { Ears } from '#app/membership/signed-wire.ts'
import type { Epoch } from '#core/announcer.ts'
import { bootFrom } from '#core/membership/boot.ts'
import type { Message } from '#core/membership/message.ts'
import type { PartitionPolicy } from '#core/membership/state.ts'
import type { MembershipTiming } from '#core/membership/timing.ts'
import type { Address } from '#core/model/address.ts'
import { milliseconds } from '#core/model/duration.ts'
import { GrantBook } from '#core/runtime/fence.ts'

import type { Agenda } from './agenda.ts'
import type { Bugs } from './bugs.ts'
import { nameOfNode, type ClusterState } from './cluster.ts'
import { ProcessClock, type Machine } from './machine.ts'
import { MainThread } from './main-thread.ts'
import { Passage } from './passage.ts'
import { Responder } from './responder.ts'

export interface ProcessDeps {
  readonly index: number
  /** How many there were on the node before. */
  readonly life: number
  readonly nodes: number
  readonly timing: MembershipTiming
  readonly policy: PartitionPolicy
  readonly machine: Machine
  readonly agenda: Agenda
  readonly bugs: Bugs
  /** Milliseconds from one thread to the other. */
  readonly crossing: () => number
  readonly send: (to: number, message: Message) => void
  /** Asks the segment whether somebody answers. */
  readonly ask: (address: Address) => void
  /** What the segment has let it hear so far. */
  readonly framesHeard: () => number
  /** A new epoch, and the highest that was heard of before. */
  readonly minted: (address: Address, counter: number, heard: Epoch | undefined) => void
  readonly note: (text: () => string) => void
}

const slots = 16
/** As in the engines of standalone and speaker. */
const handover = milliseconds(150)
const keys: Keys = [new Uint8Array(0)]

export class Process {
  readonly index: number
  readonly life: number
  readonly responder: Responder
  over = false
  stoppedUntil = 0
  busyUntil = 0
  readonly #deps: ProcessDeps
  readonly #engine: HeartbeatEngine
  readonly #main: MainThread
  readonly #clock: ProcessClock
  readonly #toMain: Passage
  readonly #toLoop: Passage
  #ears: Ears | undefined
  readonly #inbox: Message[] = []
  readonly #waiting: (() => void)[] = []

  constructor(deps: ProcessDeps) {
    const { index, life, machine, agenda, bugs, ask, minted, note } = deps
    this.#deps = deps
    this.index = index
    this.life = life
    this.#clock = new ProcessClock(machine, agenda, (task) => this.#gated(task))
    this.#toMain = this.#passage(() => this.busyUntil)
    this.#toLoop = this.#passage(() => 0)
    const self = nameOfNode(index)
    const grants = new GrantBook({ node: self, slots, monotonic: () => this.#monotonic() })
    this.#main = new MainThread({
      self,
      grants,
      clock: this.#clock,
      bugs,
      minted,
      note,
      tellEngine: (message) => this.#tellEngine(message),
      apply: (targets) => this.#toLoop.say(() => this.responder.apply(targets)),
    })
    this.responder = new Responder({
      fence: grants.fence,
      clock: this.#clock,
      bugs,
      ask,
      serving: (address) => this.#toMain.say(() => this.#main.served(address)),
    })
    this.#engine = this.#heartbeats(self, grants)
    const peers = Array.from({ length: deps.nodes }, (_, peer) => ({
      node: nameOfNode(peer),
      addresses: [String(peer)],
    }))
    this.#tellEngine({ kind: 'expect', peers })
  }

  get running(): boolean {
    return !this.over && this.stoppedUntil <= this.#deps.agenda.now
  }

  /** What its main thread goes by. */
  get cluster(): ClusterState | undefined {
    return this.#main.cluster
  }

  get leaving(): boolean {
    return this.#main.leaving
  }

  /** What the API server says has reached it. */
  learn(cluster: ClusterState): void {
    this.#toMain.say(() => this.#main.learn(cluster))
  }

  receive(message: Message): void {
    if (this.over) return
    if (this.running) this.#ears?.received(message)
    else this.#inbox.push(message)
  }

  answers(address: Address): boolean {
    return this.running && this.responder.mayAnswer(address)
  }

  /** The highest that its main thread has heard of. */
  epochOf(address: Address): Epoch | undefined {
    return this.#main.hearsay.picture.epochOf(address)
  }

  /** Somebody answers for an address that this process asks about. */
  hearAnswer(address: Address): void {
    this.#gated(() => this.responder.answered(address))
  }

  /** It goes on after standing still: timers first, as they read what waits before they judge. */
  goOn(): void {
    if (!this.running) return
    for (const task of this.#waiting.splice(0)) task()
    this.#drain()
  }

  /** SIGTERM. */
  leave(): void {
    this.#toMain.say(() => {
      const heirs = this.#main.leave()
      this.#tellEngine({ kind: 'leave' })
      this.#clock.after(heirs ? handover : milliseconds(1), () => this.#toLoop.say(() => this.kill()))
    })
  }

  kill(): void {
    this.over = true
    this.responder.close()
    this.#engine.close()
  }

  #heartbeats(self: string, { fence }: GrantBook): HeartbeatEngine {
    const { index, life, timing, policy, bugs, framesHeard } = this.#deps
    const boot = bootFrom(Uint8Array.of(0, 0, 0, 0, life >> 8, life, index >> 8, index))
    const believed = bugs.has('pause-check-off') ? { ...timing, pauseAfter: milliseconds(1_000_000) } : timing
    return new HeartbeatEngine({
      init: { self, boot, port: 0, timing: believed, policy, keys, fence: fence.memory },
      clock: this.#clock,
      monotonic: () => this.#monotonic(),
      openWire: (_, ears) => this.#wire(ears),
      framesHeard: () => (bugs.has('deaf-rule-off') ? undefined : framesHeard()),
      emit: (message) => this.#toMain.say(() => this.#main.hearsay.hear(message)),
    })
  }

  #monotonic(): number {
    return Math.floor(this.#deps.machine.now())
  }

  #passage(freeAt: () => number): Passage {
    const { agenda, crossing } = this.#deps
    const gate = (task: () => void): void => this.#gated(task)
    return new Passage({ agenda, crossing, freeAt, gate, isOver: () => this.over })
  }

  #gated(task: () => void): void {
    if (this.over) return
    if (this.running) task()
    else this.#waiting.push(task)
  }

  #wire(ears: Ears) {
    this.#ears = ears
    return {
      send: (message: Message, addresses: readonly string[]) => {
        for (const address of addresses) this.#deps.send(Number(address), message)
      },
      useKeys: () => {},
      drain: () => this.#drain(),
      close: () => {},
    }
  }

  #drain(): void {
    for (const message of this.#inbox.splice(0)) this.#ears?.received(message)
  }

  #tellEngine(message: ToHeartbeats): void {
    this.#toLoop.say(() => this.#engine.handle(message))
  }
}
