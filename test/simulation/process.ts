/*
 * One life of one Herald process: the real heartbeat engine, grants, rights and prober, and between them what the two
 * threads say to each other, which takes time.
 *
 *   loop thread: heartbeat engine, responder     main thread: picture, decision, rights
 */
import { HeartbeatEngine } from '#app/membership/heartbeat-engine.ts'
import type { Keys, ToHeartbeats } from '#app/membership/protocol.ts'
import { handover } from '#app/node/rights.ts'
import { openSignedWire, type Ears, type MessageWire } from '#app/membership/signed-wire.ts'
import type { Epoch } from '#core/announcer.ts'
import { bootFrom } from '#core/membership/boot.ts'
import { speaks } from '#core/membership/claims.ts'
import type { Message } from '#core/membership/message.ts'
import type { PartitionPolicy } from '#core/membership/state.ts'
import type { MembershipTiming } from '#core/membership/timing.ts'
import type { Address } from '#core/model/address.ts'
import { milliseconds } from '#core/model/duration.ts'
import type { Returns } from '#core/model/facts.ts'
import { GrantBook } from '#core/runtime/fence.ts'

import type { Agenda } from './agenda.ts'
import { distorted, type Bugs } from './bugs.ts'
import type { ClusterState, Election } from './cluster-state.ts'
import type { Brokenness } from './data-paths.ts'
import type { Decision } from './decision.ts'
import { ProcessClock, type Machine } from './machine.ts'
import { keysAt, macUnder } from './keys.ts'
import { MainThread } from './main-thread.ts'
import { nameOfNode } from './names.ts'
import type { Datagram } from './network.ts'
import { Passage } from './passage.ts'
import { Responder } from './responder.ts'

export interface ProcessDeps {
  readonly index: number
  /** How many there were on the node before. */
  readonly life: number
  readonly nodes: number
  readonly timing: MembershipTiming
  readonly policy: PartitionPolicy
  readonly election: Election
  /** Planned moves a minute. */
  readonly budget: number
  /** How connections to its own Services fail, if they do; undefined: nobody asks. */
  readonly broken: (() => Brokenness | undefined) | undefined
  /** Which keys it begins with; undefined: what is said is not signed. */
  readonly keys: number | undefined
  readonly machine: Machine
  readonly agenda: Agenda
  readonly bugs: Bugs
  /** Milliseconds from one thread to the other. */
  readonly crossing: () => number
  readonly send: (to: number, datagram: Datagram) => void
  /** Asks the segment whether somebody answers. */
  readonly ask: (address: Address) => void
  /** What the segment has let it hear so far. */
  readonly framesHeard: () => number
  /** A new epoch, and the highest that was heard of before. */
  readonly minted: (address: Address, counter: number, heard: Epoch | undefined) => void
  /** A planned move begins. */
  readonly moving: (address: Address) => void
  /** It is no more. */
  readonly ended: () => void
  readonly note: (text: () => string) => void
}

const slots = 16

export class Process {
  readonly index: number
  readonly life: number
  readonly responder: Responder
  over = false
  stoppedUntil = 0
  busyUntil = 0
  /** Which keys it goes by. */
  keys: number
  readonly #deps: ProcessDeps
  readonly #engine: HeartbeatEngine
  readonly #main: MainThread
  readonly #clock: ProcessClock
  readonly #toMain: Passage
  readonly #toLoop: Passage
  #read: (datagram: Datagram) => void = () => {}
  readonly #inbox: Datagram[] = []
  readonly #waiting: (() => void)[] = []

  constructor(deps: ProcessDeps) {
    const { index, life, machine, agenda, bugs, ask, minted, moving, note, election, budget, broken } = deps
    this.#deps = deps
    this.index = index
    this.life = life
    this.keys = deps.keys ?? 0
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
      election,
      budget,
      broken,
      minted,
      moving,
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

  /** Whether it counts the node among those who live. */
  hearsOf(node: string): boolean {
    return this.#main.hearsay.picture.members.some((member) => member.node === node && member.alive)
  }

  /** Who says that it answers, as far as its main thread knows. */
  claimantsOf(address: Address): readonly string[] {
    return this.#main.hearsay.picture
      .claimsOn(address)
      .filter(speaks)
      .map(({ node }) => node)
  }

  /** Its last. */
  get decision(): Decision | undefined {
    return this.#main.decision
  }

  /** Who came back when, as far as it knows. */
  get returns(): Returns | undefined {
    return this.#main.returns
  }

  /** For whom the address waits its turn to be handed over. */
  heirOf(address: Address): string | undefined {
    return this.#main.moves.heirOf(address)
  }

  useKeys(step: number): void {
    this.#toLoop.say(() => {
      this.#engine.handle({ kind: 'keys', keys: keysAt(step) })
      this.keys = step
    })
  }

  /** What the API server says has reached it. */
  learn(cluster: ClusterState): void {
    this.#toMain.say(() => this.#main.learn(cluster))
  }

  receive(datagram: Datagram): void {
    if (this.over) return
    if (this.running) this.#read(datagram)
    else this.#inbox.push(datagram)
  }

  answers(address: Address): boolean {
    return this.running && this.responder.mayAnswer(address)
  }

  /** The highest that its main thread has heard of. */
  epochOf(address: Address): Epoch | undefined {
    return this.#main.hearsay.picture.epochOf(address)
  }

  /** Somebody asks whether the address is free; true if this process says that it is not. */
  hearQuestion(address: Address): boolean {
    this.#gated(() => this.responder.asked(address))
    return this.answers(address) && !this.responder.isUnsure(address)
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
    if (!this.over) this.#deps.ended()
    this.over = true
    this.responder.close()
    this.#engine.close()
  }

  #heartbeats(self: string, { fence }: GrantBook): HeartbeatEngine {
    const { index, life, timing, policy, bugs, framesHeard } = this.#deps
    const boot = bootFrom(Uint8Array.of(0, 0, 0, 0, life >> 8, life, index >> 8, index))
    const believed = bugs.has('pause-check-off') ? { ...timing, pauseAfter: milliseconds(1_000_000) } : timing
    return new HeartbeatEngine({
      init: { self, boot, port: 0, timing: believed, policy, keys: keysAt(this.keys), fence: fence.memory },
      clock: this.#clock,
      monotonic: () => this.#monotonic(),
      openWire: (keys, ears) => this.#wire(keys, ears),
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

  #wire(keys: Keys, ears: Ears): MessageWire {
    const wire = this.#deps.keys === undefined ? this.#plainWire(ears) : this.#signedWire(keys, ears)
    const { bugs } = this.#deps
    if (bugs.size === 0) return wire
    return {
      ...wire,
      send(message, addresses) {
        const sent = distorted(message, bugs)
        if (sent !== undefined) wire.send(sent, addresses)
      },
    }
  }

  #plainWire(ears: Ears): MessageWire {
    this.#read = (datagram) => ears.received(datagram as Message)
    return {
      send: (message, addresses) => {
        for (const address of addresses) this.#deps.send(Number(address), message)
      },
      useKeys: () => {},
      drain: () => this.#drain(),
      close: () => {},
    }
  }

  #signedWire(keys: Keys, ears: Ears): MessageWire {
    return openSignedWire({
      ...ears,
      keys,
      macUnder,
      open: (received) => {
        this.#read = (datagram) => received(datagram as Uint8Array)
        return {
          send: (bytes, address) => this.#deps.send(Number(address), bytes),
          drain: () => this.#drain(),
          close: () => {},
        }
      },
    })
  }

  #drain(): void {
    for (const datagram of this.#inbox.splice(0)) this.#read(datagram)
  }

  #tellEngine(message: ToHeartbeats): void {
    this.#toLoop.say(() => this.#engine.handle(message))
  }
}
