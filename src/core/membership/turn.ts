/* One event being worked on: the state as far as it has changed, and what is to be done about it. */
import type { Address } from '../model/address.ts'
import type { Instant } from '../model/duration.ts'
import { digestWith, isTold, noteWithout } from './claims.ts'
import type { Note } from './message.ts'
import { draftOf as draftOfPeer, isThere, type Peer } from './peer.ts'
import type { PeerTable } from './peers.ts'
import { successors } from './ring.ts'
import { draftOf, type MembershipEffect, type MembershipState, type StateDraft } from './state.ts'

export interface Saying {
  readonly notes?: readonly Note[]
  /** Answer at once, with this number. */
  readonly ask?: number
  readonly answer?: number
}

/** Beats that repeat what is told to all: three datagrams hardly all get lost. */
const repeats = 2

export class Turn {
  readonly now: Instant
  readonly effects: MembershipEffect[] = []
  readonly state: StateDraft
  /** Of the state, once one of the peers has changed. */
  #peers: PeerTable | undefined

  constructor(before: MembershipState, now: Instant) {
    this.now = now
    this.state = draftOf(before)
  }

  peer(node: string): Peer | undefined {
    return this.state.peers.get(node)
  }

  put(node: string, change: Partial<Peer>): void {
    const peer = this.state.peers.get(node)
    if (peer !== undefined) this.replace(Object.assign(draftOfPeer(peer), change))
  }

  /** By what is known of the same peer now. */
  replace(peer: Peer): void {
    if (this.#peers === undefined || this.#peers !== this.state.peers)
      this.state.peers = this.#peers = this.state.peers.copy()
    this.#peers.put(peer)
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

  /** The others who watch `suspect`: they know at once whether they hear it. */
  watchersBeside(suspect: string): readonly string[] {
    const { ring, self } = this.state
    const all = successors(ring, suspect, (name) => name === self || this.thinksThere(name))
    return all.filter((name) => name !== self)
  }

  /** As many others as watch `suspect`: its watchers, then the next on the ring, who has to call it first. */
  witnesses(suspect: string): readonly string[] {
    return successors(this.state.ring, suspect, (name) => this.thinksThere(name))
  }

  /** Whom we watch: those with fewer than `watchers` members between them and us. */
  watched(): readonly string[] {
    const { ring, self } = this.state
    return successors(ring.toReversed(), self, (name) => this.thinksThere(name))
  }

  send(node: string, saying: Saying = {}): void {
    const { peers, self, boot, phase, deaf, digest } = this.state
    const peer = peers.get(node)
    if (peer === undefined) return
    const told = draftOfPeer(peer)
    told.sent += 1
    this.replace(told)
    const { notes: said = [], ask = 0, answer = 0 } = saying
    const echo = peer.echo
    // One that is counted as dead and hears this must know that it cannot be heard.
    const notes: readonly Note[] =
      peer.verdict === 'dead' ? [...said, { type: 'unheard', about: node, boot: echo }] : said
    const message = {
      from: self,
      boot,
      echo,
      sequence: told.sent,
      standing: phase.at,
      deaf,
      ask,
      answer,
      digest,
      notes,
    }
    this.effects.push({ type: 'send', addresses: peer.addresses, message })
  }

  /** One datagram for each note: the last one carries what else there is to say, and of an answer how many there are. */
  sendEach(node: string, notes: readonly Note[], last: Saying = {}): void {
    for (const note of notes.slice(0, -1)) this.send(node, { notes: [note] })
    const inParts = last.answer !== undefined && notes.length > 1
    const parts: readonly Note[] = inParts ? [{ type: 'parts', count: notes.length }] : []
    const { ask = 0, answer = 0 } = last
    this.send(node, { notes: [...notes.slice(-1), ...parts], ask, answer })
  }

  toAll(saying: Saying = {}): void {
    for (const node of this.state.peers.names) this.send(node, saying)
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

  /** What was told of them before is not repeated: datagrams overtake each other, and the last word must stay. */
  takeBack(addresses: ReadonlySet<Address>): void {
    this.state.rumours = this.state.rumours.flatMap((rumour) => {
      if (rumour.note === undefined) return rumour
      const note = noteWithout(rumour.note, addresses)
      return note === undefined ? [] : { ...rumour, note }
    })
  }

  /** What this node says of addresses from now on: as before, but for those that `changed`. */
  say(own: MembershipState['own'], changed: Iterable<Address>): void {
    for (const address of new Set(changed))
      for (const claim of [this.state.own.get(address), own.get(address)])
        if (claim !== undefined && isTold(claim)) this.state.digest = digestWith(this.state.digest, claim)
    this.state.own = own
  }
}
