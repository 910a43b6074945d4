/* What the main thread of a process knows of the members: the real picture, and whoever wants to know when it changes. */
import type { Liveness, Outranked } from '#app/membership/liveness.ts'
import { Picture } from '#app/membership/picture.ts'
import type { FromHeartbeats, ToHeartbeats } from '#app/membership/protocol.ts'
import type { Epoch } from '#core/announcer.ts'
import type { Address } from '#core/model/address.ts'
import type { Instant } from '#core/model/duration.ts'

import type { Bugs } from './bugs.ts'

export interface HearsayDeps {
  readonly self: string
  readonly bugs: Bugs
  readonly now: () => Instant
  readonly tellEngine: (message: ToHeartbeats) => void
  /** A new epoch, and the highest that was heard of before. */
  readonly minted: (address: Address, counter: number, heard: Epoch | undefined) => void
  readonly note: (text: () => string) => void
}

export class Hearsay {
  readonly picture: Picture
  readonly #deps: HearsayDeps
  readonly #outranked = new Set<(outranked: Outranked) => void>()
  readonly #changed = new Set<() => void>()
  readonly #words = new Set<(addresses: Iterable<Address>) => void>()

  constructor(deps: HearsayDeps) {
    this.#deps = deps
    this.picture = new Picture(deps.self)
  }

  onChange(listener: () => void): () => void {
    return subscribed(this.#changed, listener)
  }

  /** From the engine. */
  hear(message: FromHeartbeats): void {
    const { note, now } = this.#deps
    switch (message.kind) {
      case 'members':
        this.picture.membersAre(message, now())
        return this.#publish()
      case 'claims':
        this.#tellWords(this.picture.claimsAre(message))
        return this.#publish()
      case 'epochs':
        return this.picture.learn(message)
      case 'returns':
        this.picture.returnsAre(message, now())
        return this.#publish()
      case 'paused':
      case 'accused':
        return note(() => message.kind)
      case 'outranked':
        this.picture.outranked(message)
        this.#tellWords([message.address])
        note(() => `outranked for ${message.address} by ${message.by.counter} of ${message.by.node}`)
        for (const listener of this.#outranked) listener(message)
        return
      case 'fault':
      case 'tally':
      case 'left':
        return
    }
  }

  /** As the rights want it. */
  liveness(): Liveness {
    const { picture } = this
    const { bugs } = this.#deps
    return {
      start: () => {},
      members: () => picture.members,
      expect: () => {},
      onChange: (listener) => this.onChange(listener),
      takesPart: () => picture.takesPart,
      isCertain: () => picture.certain,
      isLeaving: (node) => picture.isLeaving(node),
      isDead: (node) => picture.isDead(node),
      returns: () => picture.returns,
      wordsOn: (address) => picture.wordsOn(address),
      pathsAreTold: () => picture.pathsAreTold,
      onWords: (listener) => subscribed(this.#words, listener),
      lastHeard: (node) => picture.lastHeard(node),
      problem: () => undefined,
      claim: (put, drop) => this.#claim(put, drop),
      claimsOn: (address) => picture.claimsOn(address),
      epochOf: (address) => (bugs.has('epoch-reset') ? undefined : picture.epochOf(address)),
      onOutranked: (listener) => subscribed(this.#outranked, listener),
      leave: async () => {},
      stop: async () => {},
    }
  }

  #claim(...[put, drop]: Parameters<Liveness['claim']>): void {
    const { minted, note, tellEngine } = this.#deps
    for (const { claim } of put)
      if (claim.state === 'minted') minted(claim.address, claim.counter, this.picture.epochOf(claim.address))
    this.picture.hold(put, drop)
    this.#tellWords([...drop, ...put.map(({ claim }) => claim.address)])
    for (const { claim } of put) note(() => `claims ${claim.address} under ${claim.counter}, ${claim.state}`)
    for (const address of drop) note(() => `drops ${address}`)
    tellEngine({ kind: 'claim', put, drop })
  }

  #tellWords(addresses: Iterable<Address>): void {
    for (const listener of this.#words) listener(addresses)
  }

  #publish(): void {
    for (const listener of this.#changed) listener()
  }
}

function subscribed<Listener>(listeners: Set<Listener>, listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
