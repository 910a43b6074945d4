/* One event being worked on: the state as far as it has changed, and what is to be done about it. */
import type { Instant } from '../model/duration.ts'
import { digestOf, isTold } from './claims.ts'
import type { Note } from './message.ts'
import { isThere, type Peer } from './peer.ts'
import { successors, watchers } from './ring.ts'
import type { MembershipEffect, MembershipState } from './state.ts'

export interface Saying {
  readonly notes?: readonly Note[]
  /** Answer at once, with this number. */
  readonly ask?: number
  readonly answer?: number
}

/** Beats that repeat what is told to all: three datagrams hardly all get lost. */
const repeats = 2

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

export class Turn {
  readonly now: Instant
  readonly effects: MembershipEffect[] = []
  readonly state: Mutable<MembershipState> & { readonly peers: Map<string, Peer> }
  #digest: number | undefined

  constructor(before: MembershipState, now: Instant) {
    this.now = now
    this.state = { ...before, peers: new Map(before.peers) }
  }

  peer(node: string): Peer | undefined {
    return this.state.peers.get(node)
  }

  put(node: string, change: Partial<Peer>): void {
    const peer = this.state.peers.get(node)
    if (peer !== undefined) this.state.peers.set(node, { ...peer, ...change })
  }

  thinksThere(node: string): boolean {
    const peer = this.state.peers.get(node)
    return peer !== undefined && isThere(peer)
  }

  /** Who watches us. */
  watchers(): readonly string[] {
    const { ring, self } = this.state
    return successors(ring, self, (name) => this.thinksThere(name))
  }

  /** Other members to ask about `suspect`: its watchers, then the next on the ring. */
  witnesses(suspect: string): readonly string[] {
    const { ring } = this.state
    return successors(ring, suspect, (name) => this.thinksThere(name), watchers)
  }

  /** Whom we watch: those with fewer than `watchers` members between them and us. */
  watched(): readonly string[] {
    const { ring, self } = this.state
    return successors(ring.toReversed(), self, (name) => this.thinksThere(name))
  }

  send(node: string, saying: Saying = {}): void {
    const { peers, self, boot, phase, deaf } = this.state
    const peer = peers.get(node)
    if (peer === undefined) return
    const sequence = peer.sent + 1
    peers.set(node, { ...peer, sent: sequence })
    const { notes: said = [], ask = 0, answer = 0 } = saying
    const echo = peer.echo
    // One that is counted as dead and hears this must know that it cannot be heard.
    const notes: readonly Note[] =
      peer.verdict === 'dead' ? [...said, { type: 'unheard', about: node, boot: echo }] : said
    const message = {
      from: self,
      boot,
      echo,
      sequence,
      standing: phase.at,
      deaf,
      ask,
      answer,
      digest: this.digest(),
      notes,
    }
    this.effects.push({ type: 'send', addresses: peer.addresses, message })
  }

  /** One datagram for each note: the last one carries what else there is to say. */
  sendEach(node: string, notes: readonly Note[], last: Saying = {}): void {
    for (const note of notes.slice(0, -1)) this.send(node, { notes: [note] })
    this.send(node, { ...last, notes: notes.slice(-1) })
  }

  toAll(saying: Saying = {}): void {
    for (const node of this.state.peers.keys()) this.send(node, saying)
  }

  /** Asks all members to answer at once. */
  askAll(): void {
    this.state.nonce = this.state.nonce >= 0xffffffff ? 1 : this.state.nonce + 1
    this.toAll({ ask: this.state.nonce })
  }

  /** To everybody, now and with the next beats; without a note, our standing. */
  spread(note?: Note): void {
    const rumour = { ...(note === undefined ? {} : { note }), left: repeats }
    this.state.rumours = [...this.state.rumours, rumour]
    this.toAll(note === undefined ? {} : { notes: [note] })
  }

  /** Of our own claims, as others know them. */
  digest(): number {
    this.#digest ??= digestOf([...this.state.own.values()].filter(isTold))
    return this.#digest
  }

  ownChanged(): void {
    this.#digest = undefined
  }
}
