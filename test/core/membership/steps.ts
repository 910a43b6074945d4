/*
 * Scenarios of the membership machine as text. Lines that begin with @ are events at node a, an instant in milliseconds
 * first; the indented lines below each are what the machine makes of it.
 *
 *   @0 start default available       @0 expect b c            @30 b ask 1 held 192.0.2.10/4
 *   @300 run hearing b               time passes; beats of the nodes named arrive with our own
 *   @40 claim 192.0.2.10/1 held      @40 drop 192.0.2.10      @50 leave       @60 segment
 *
 * Words of a message: listening, resuming, leaving (else active), deaf, ask N, answer N, boot N, echo N (else ours),
 * again (the sequence number as before), query|unheard X, heard|dead X AGE, healed, sync,
 * returned X AGE, held|offered|armed|retiring ADDRESS/COUNTER[:TO], dropped ADDRESS, epoch NODE ADDRESS/COUNTER; overtaking CLAIM: what
 * it has said in a datagram that has not arrived; parts N: the answer takes so many; ahead N: it overtook so many datagrams; late N:
 * it was sent so many before the newest.
 */
import { bootFrom, type BootId } from '#core/membership/boot.ts'
import { membersOf } from '#core/membership/members.ts'
import { dueAt, initialState, transition } from '#core/membership/membership.ts'
import type { Claim, ClaimState, Message, Note, Standing } from '#core/membership/message.ts'
import { maySpeak } from '#core/membership/standing.ts'
import type {
  MembershipEffect,
  MembershipEvent,
  MembershipState,
  PartitionPolicy,
} from '#core/membership/state.ts'
import { profiles, type Profile } from '#core/membership/timing.ts'
import type { Address } from '#core/model/address.ts'
import { instantAt, milliseconds } from '#core/model/duration.ts'

import { digestOf } from './digest.ts'

const standings: readonly string[] = ['listening', 'active', 'resuming', 'leaving']
const states: readonly string[] = ['held', 'offered', 'shut', 'failing', 'minted']

export function bootOf(node: string, life = 1): BootId {
  return bootFrom(Uint8Array.of(0, 0, 0, 0, 0, 0, node.charCodeAt(0), life))
}

/** The file with what the machine says now below each event. */
export function replayed(text: string): string {
  const stage = new Stage()
  return text
    .split('\n')
    .filter((line) => !line.startsWith('  '))
    .map((line) => (line.startsWith('@') ? [line, ...stage.play(line)].join('\n') : line))
    .join('\n')
}

class Stage {
  #state: MembershipState | undefined
  readonly #sequences = new Map<string, number>()
  readonly #claims = new Map<string, Map<Address, Claim>>()

  play(line: string): string[] {
    const [at = '', verb = '', ...words] = line.slice(1).split(' ')
    const now = Number(at)
    if (verb === 'start') return this.#start(now, words)
    if (verb === 'run') return this.#run(now, words.slice(1))
    return this.#feed(this.#event(now, verb, words))
  }

  #start(now: number, [profile, policy]: string[]): string[] {
    const timing = profiles[profile as Profile]
    const rules = { self: 'a', boot: bootOf('a'), timing, policy: policy as PartitionPolicy }
    this.#state = initialState(rules, instantAt(now))
    return [`  ${this.#summary()}`]
  }

  /** Events of the same outcome in a row are told once. */
  #run(until: number, hearing: readonly string[]): string[] {
    const lines: { text: string; times: number }[] = []
    for (let now = dueAt(this.#known()); now <= until; now = dueAt(this.#known())) {
      const beats = hearing.map((node) => this.#event(now, node, []))
      const time = { type: 'time', now: instantAt(now) } as const
      const text = [...beats, time].flatMap((event) => this.#feed(event, false)).join('\n')
      const last = lines.at(-1)
      if (last?.text === text) last.times++
      else lines.push({ text, times: 1 })
    }
    const told = lines.flatMap(({ text, times }) =>
      text.split('\n').map((line) => (times > 1 ? `${line} (${times} times)` : line)),
    )
    return [...told, `  ${this.#summary()}`]
  }

  #event(at: number, verb: string, words: readonly string[]): MembershipEvent {
    const now = instantAt(at)
    switch (verb) {
      case 'expect':
        return { type: 'expect', now, peers: ['a', ...words].map((node) => ({ node, addresses: [node] })) }
      case 'claim': {
        const { address, counter, to } = claimIn(words[0] ?? '')
        const state = (words[1] ?? 'held') as ClaimState | 'minted'
        return { type: 'claim', now, put: [{ address, counter, state, ...(to && { to }) }], drop: [] }
      }
      case 'drop':
        return { type: 'claim', now, put: [], drop: words as readonly Address[] }
      case 'leave':
      case 'segment':
      case 'time':
        return { type: verb, now }
      default:
        return { type: 'message', now, message: this.#message(verb, [...words]) }
    }
  }

  #message(from: string, words: string[]): Message {
    let standing: Standing = 'active'
    let deaf = false
    let step = 1
    let [ask, answer, boot, echo] = [0, 0, bootOf(from), bootOf('a')]
    const notes: Note[] = []
    const overtaken: Note[] = []
    const take = (): string => words.shift() ?? ''
    for (let word = take(); word !== ''; word = take()) {
      if (standings.includes(word)) standing = word as Standing
      else if (word === 'deaf') deaf = true
      else if (word === 'again') step = 0
      else if (word === 'ahead') step = 1 + Number(take())
      else if (word === 'late') step = -Number(take())
      else if (word === 'ask') ask = Number(take())
      else if (word === 'answer') answer = Number(take())
      else if (word === 'boot') boot = bootOf(from, Number(take()))
      else if (word === 'echo') echo = bootOf('a', Number(take()))
      else if (word === 'overtaking') overtaken.push(noteFrom(take(), take))
      else notes.push(noteFrom(word, take))
    }
    const key = `${from} ${boot}`
    const newest = this.#sequences.get(key) ?? 0
    const sequence = newest + step
    this.#sequences.set(key, Math.max(newest, sequence))
    const digest = this.#digest(key, [...overtaken, ...notes])
    return { from, boot, echo, sequence, standing, deaf, ask, answer, digest, notes }
  }

  /** Over what the node has said so far. */
  #digest(key: string, notes: readonly Note[]): number {
    const claims = this.#claims.get(key) ?? new Map<Address, Claim>()
    this.#claims.set(key, claims)
    for (const note of notes) {
      if (note.type === 'claims') for (const claim of note.claims) claims.set(claim.address, claim)
      if (note.type === 'dropped') for (const address of note.addresses) claims.delete(address)
    }
    return digestOf(claims.values())
  }

  #feed(event: MembershipEvent, summed = true): string[] {
    const { state, effects } = transition(this.#known(), event)
    this.#state = state
    const lines = effects.map((effect) => `  ${effectText(effect, event.now)}`)
    return summed ? [...lines, `  ${this.#summary()}`] : lines
  }

  #summary(): string {
    const state = this.#known()
    const members = membersOf(state).filter(({ node }) => node !== 'a')
    const alive = members.filter((member) => member.alive).map(({ node }) => node)
    const owned = [...state.own.values()].map(({ address, counter }) => `${address}/${counter}`)
    return [
      `= ${state.phase.at}, ${maySpeak(state) ? 'may speak' : 'silent'}`,
      `alive: ${alive.join(' ') || 'nobody'}`,
      ...(state.deaf ? ['deaf'] : []),
      ...(state.doubts.size > 0 ? [`doubts ${[...state.doubts.keys()].join(' ')}`] : []),
      ...(owned.length > 0 ? [`claims ${owned.join(' ')}`] : []),
    ].join('; ')
  }

  #known(): MembershipState {
    if (this.#state === undefined) throw new Error('the scenario does not begin with start')
    return this.#state
  }
}

function claimIn(word: string): Claim {
  const [address = '', rest = ''] = word.split('/')
  const [counter = '', to] = rest.split(':')
  const state: ClaimState = 'held'
  return { address: address as Address, counter: Number(counter), state, ...(to === undefined ? {} : { to }) }
}

function noteFrom(word: string, take: () => string): Note {
  if (states.includes(word)) {
    const claim = { ...claimIn(take()), state: word as ClaimState }
    return { type: 'claims', whole: false, claims: [claim] }
  }
  switch (word) {
    case 'healed':
    case 'sync':
      return { type: word }
    case 'dropped':
      return { type: 'dropped', addresses: [take() as Address] }
    case 'epoch': {
      const node = take()
      const { address, counter } = claimIn(take())
      return { type: 'epochs', node, epochs: [{ address, counter }] }
    }
    case 'parts':
      return { type: 'parts', count: Number(take()) }
    case 'returned':
      return { type: 'returns', node: take(), ages: [milliseconds(Number(take()))] }
    case 'query':
    case 'unheard': {
      const about = take()
      return { type: word, about, boot: bootOf(about) }
    }
    case 'heard':
    case 'dead': {
      const about = take()
      return { type: word, about, boot: bootOf(about), age: milliseconds(Number(take())) }
    }
    default:
      throw new Error(`no such word in a message: ${word}`)
  }
}

function effectText(effect: MembershipEffect, now: number): string {
  switch (effect.type) {
    case 'send':
      return `to ${effect.addresses.join(' ')}: ${messageText(effect.message)}`
    case 'lease':
      return effect.until === undefined
        ? 'lease: ended'
        : `lease: ${Math.round(effect.until - now)} ms from now`
    case 'outranked':
      return `outranked: ${effect.address}/${effect.counter} by ${effect.by.node}/${effect.by.counter}`
    case 'paused':
      return `paused: ${effect.gap} ms`
    default: {
      const { type, ...rest } = effect
      return Object.keys(rest).length === 0 ? type : `${type}: ${JSON.stringify(rest)}`
    }
  }
}

function messageText({ standing, deaf, ask, answer, notes }: Message): string {
  return [
    standing,
    ...(deaf ? ['deaf'] : []),
    ...(ask === 0 ? [] : [`ask ${ask}`]),
    ...(answer === 0 ? [] : [`answer ${answer}`]),
    ...notes.map(noteText),
  ].join(' ')
}

function noteText(note: Note): string {
  switch (note.type) {
    case 'query':
    case 'unheard':
      return `${note.type} ${note.about}`
    case 'heard':
    case 'dead':
      return `${note.type} ${note.about} ${Math.round(note.age)}`
    case 'claims': {
      const claims = note.claims.map(({ address, counter, state }) => `${state} ${address}/${counter}`)
      return [note.whole ? 'all:' : '', ...claims].filter((part) => part !== '').join(' ')
    }
    case 'dropped':
      return `dropped ${note.addresses.join(' ')}`
    case 'epochs':
      return note.epochs.map(({ address, counter }) => `epoch ${note.node} ${address}/${counter}`).join(' ')
    case 'parts':
      return `parts ${note.count}`
    case 'returns':
      return `returned ${note.node} ${note.ages.map(Math.round).join(' ')}`
    default:
      return note.type
  }
}
