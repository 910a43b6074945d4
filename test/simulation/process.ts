/*
 * One life of one Herald process: the real heartbeat engine, grants, rights and prober, and between them what the two
 * threads say to each other, which takes time.
 *
 *   loop thread: heartbeat engine, responder     main thread: picture, decision, rights
 */
import type { Liveness, Outranked } from '#app/membership/liveness.ts'
import { HeartbeatEngine } from '#app/membership/heartbeat-engine.ts'
import { Picture } from '#app/membership/picture.ts'
import type { FromHeartbeats, Keys, ToHeartbeats } from '#app/membership/protocol.ts'
import type { Ears } from '#app/membership/signed-wire.ts'
import { Rights } from '#app/node/rights.ts'
import { deadAmong } from '#app/node/nodes.ts'
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
import { nameOfNode, winnersOf, type ClusterState } from './cluster.ts'
import { ProcessClock, type Machine } from './machine.ts'
import { Responder, type Target } from './responder.ts'

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
  /** What it learnt from the API server, or from its snapshot. */
  cluster: ClusterState | undefined
  leaving = false
  readonly #deps: ProcessDeps
  readonly #self: string
  readonly #engine: HeartbeatEngine
  readonly #picture: Picture
  readonly #rights: Rights
  readonly #clock: ProcessClock
  #ears: Ears | undefined
  readonly #inbox: Message[] = []
  readonly #waiting: (() => void)[] = []
  readonly #toMain: (() => void)[] = []
  readonly #toLoop: (() => void)[] = []
  readonly #outranked = new Set<(outranked: Outranked) => void>()
  readonly #changed = new Set<() => void>()
  #given = new Map<Address, Target>()
  #dead: ReadonlySet<string> = new Set()
  #takesPart = false

  constructor(deps: ProcessDeps) {
    const { index, life, timing, policy, machine, agenda, bugs, ask } = deps
    this.#deps = deps
    this.index = index
    this.life = life
    this.#self = nameOfNode(index)
    this.#picture = new Picture(this.#self)
    this.#clock = new ProcessClock(machine, agenda, (task) => this.#gated(task))
    const monotonic = (): number => Math.floor(machine.now())
    const grants = new GrantBook({ node: this.#self, slots, monotonic })
    this.#rights = new Rights({ grants, liveness: this.#liveness(), clock: this.#clock })
    this.responder = new Responder({
      fence: grants.fence,
      clock: this.#clock,
      bugs,
      ask,
      serving: (address) => this.#cross(this.#toMain, () => this.#rights.served(address)),
    })
    const boot = bootFrom(Uint8Array.of(0, 0, 0, 0, life >> 8, life, index >> 8, index))
    const believed = bugs.has('pause-check-off') ? { ...timing, pauseAfter: milliseconds(1_000_000) } : timing
    this.#engine = new HeartbeatEngine({
      init: { self: this.#self, boot, port: 0, timing: believed, policy, keys, fence: grants.fence.memory },
      clock: this.#clock,
      monotonic,
      openWire: (_, ears) => this.#wire(ears),
      framesHeard: () => (bugs.has('deaf-rule-off') ? undefined : deps.framesHeard()),
      emit: (message) => this.#cross(this.#toMain, () => this.#hear(message)),
    })
    this.#rights.onChange(() => this.#run())
    this.#changed.add(() => this.#membersChanged())
    const peers = Array.from({ length: deps.nodes }, (_, peer) => ({
      node: nameOfNode(peer),
      addresses: [String(peer)],
    }))
    this.#tellEngine({ kind: 'expect', peers })
  }

  get running(): boolean {
    return !this.over && this.stoppedUntil <= this.#deps.agenda.now
  }

  /** What the API server says has reached it. */
  learn(cluster: ClusterState): void {
    this.#cross(this.#toMain, () => {
      this.cluster = cluster
      this.#run()
    })
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
    return this.#picture.epochOf(address)
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
    this.#cross(this.#toMain, () => {
      this.leaving = true
      const heirs = this.#picture.members.some(({ alive, node }) => alive && node !== this.#self)
      this.#tellEngine({ kind: 'leave' })
      this.#clock.after(heirs ? handover : milliseconds(1), () =>
        this.#cross(this.#toLoop, () => this.kill()),
      )
    })
  }

  kill(): void {
    this.over = true
    this.responder.close()
    this.#engine.close()
  }

  #gated(task: () => void): void {
    if (this.over) return
    if (this.running) task()
    else this.#waiting.push(task)
  }

  /** In order, some time later; the main thread also when it is no longer busy. */
  #cross(queue: (() => void)[], task: () => void): void {
    const { agenda, crossing } = this.#deps
    queue.push(task)
    if (queue.length > 1) return
    const now = agenda.now
    const ready = queue === this.#toMain ? Math.max(now, this.busyUntil) : now
    agenda.plan(ready + crossing(), () => this.#gated(() => this.#handOver(queue)))
  }

  #handOver(queue: (() => void)[]): void {
    const { agenda } = this.#deps
    if (queue === this.#toMain && this.busyUntil > agenda.now)
      return void agenda.plan(this.busyUntil, () => this.#gated(() => this.#handOver(queue)))
    for (const task of queue.splice(0)) if (!this.over) task()
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
    this.#cross(this.#toLoop, () => this.#engine.handle(message))
  }

  #liveness(): Liveness {
    const picture = this.#picture
    const { bugs } = this.#deps
    return {
      start: () => {},
      members: () => picture.members,
      expect: () => {},
      onChange: (listener) => subscribed(this.#changed, listener),
      takesPart: () => picture.takesPart,
      isCertain: () => picture.certain,
      isLeaving: (node) => picture.isLeaving(node),
      isDead: (node) => picture.isDead(node),
      claims: () => picture.claims(),
      lastHeard: (node) => picture.lastHeard(node),
      problem: () => undefined,
      claim: (put, drop) => {
        for (const { claim } of put)
          if (claim.state === 'minted')
            this.#deps.minted(claim.address, claim.counter, picture.epochOf(claim.address))
        picture.hold(put, drop)
        for (const { claim } of put)
          this.#deps.note(() => `claims ${claim.address} under ${claim.counter}, ${claim.state}`)
        for (const address of drop) this.#deps.note(() => `drops ${address}`)
        this.#tellEngine({ kind: 'claim', put, drop })
      },
      claimsOn: (address) => picture.claimsOn(address),
      epochOf: (address) => (bugs.has('epoch-reset') ? undefined : picture.epochOf(address)),
      onOutranked: (listener) => subscribed(this.#outranked, listener),
      leave: async () => {},
      stop: async () => {},
    }
  }

  #hear(message: FromHeartbeats): void {
    switch (message.kind) {
      case 'members':
        this.#picture.membersAre(message, this.#clock.now())
        return this.#publish()
      case 'claims':
        this.#picture.claimsAre(message)
        return this.#publish()
      case 'epochs':
        return this.#picture.learn(message)
      case 'paused':
      case 'accused':
        return this.#deps.note(() => message.kind)
      case 'outranked':
        this.#picture.outranked(message)
        this.#deps.note(
          () => `outranked for ${message.address} by ${message.by.counter} of ${message.by.node}`,
        )
        for (const listener of this.#outranked) listener(message)
        return
      case 'fault':
      case 'tally':
      case 'left':
        return
    }
  }

  #publish(): void {
    for (const listener of this.#changed) listener()
  }

  #membersChanged(): void {
    const takesPart = this.#picture.takesPart
    if (this.leaving) return
    if (!takesPart) this.#rights.retain(new Set())
    const dead = deadAmong(this.#picture.members, this.#self)
    const same = takesPart === this.#takesPart && [...dead].join() === [...this.#dead].join()
    this.#takesPart = takesPart
    this.#dead = dead
    if (same) return
    this.#deps.note(
      () => `thinks dead: ${[...dead].join(' ') || 'nobody'}${takesPart ? '' : '; takes no part'}`,
    )
    this.#run()
  }

  /** As the fleet does: what was lost to a node that lives is offered to it, and kept until it has taken over. */
  #run(): void {
    if (this.leaving || this.cluster === undefined) return
    const winners = winnersOf(this.cluster, this.#dead)
    const wanted = [...winners].flatMap(([address, winner]) => (winner === this.#self ? [address] : []))
    if (this.#takesPart) this.#share(new Set(wanted), winners)
    else this.#rights.retain(new Set())
    const targets = wanted.map((address) => this.#permitted(address))
    const retiring = [...this.#given.values()].flatMap(({ address, grant }): Target[] => {
      if (grant === undefined || wanted.includes(address) || this.#rights.held(address) !== grant) return []
      return [{ address, grant, stage: 'retire' }]
    })
    const all = [...targets, ...retiring]
    this.#given = new Map(all.flatMap((target) => (target.grant ? [[target.address, target]] : [])))
    this.#cross(this.#toLoop, () => this.responder.apply(all))
  }

  #share(wanted: ReadonlySet<Address>, winners: ReadonlyMap<Address, string | undefined>): void {
    const lost = this.#rights.addresses().filter((address) => !wanted.has(address))
    const elsewhere = lost.filter((address) => (winners.get(address) ?? this.#self) !== this.#self)
    const offered = this.#deps.bugs.has('break-before-make') ? [] : elsewhere
    this.#rights.retain(new Set([...wanted, ...offered]))
    for (const address of offered) this.#rights.offer(address)
  }

  #permitted(address: Address): Target {
    const grant = this.#takesPart ? this.#rights.grant(address) : undefined
    return grant === undefined ? { address, stage: 'arm' } : { address, stage: 'serve', grant }
  }
}

function subscribed<Listener>(listeners: Set<Listener>, listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
