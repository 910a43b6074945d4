/*
 * Services that lack addresses, in groups that wait for the same: what one of a group cannot get, none of it can. A
 * group names the topics (pools, sharing keys, addresses) on which its fate depends, and is looked at again only when
 * one of them stirs.
 */
import type { Order } from './order.ts'
import { OrderedList } from './ordered-list.ts'
import type { Refusal } from './refusal.ts'
import { fullnessOf, kindOfTarget, type Target } from './target.ts'
import type { Address } from '../model/address.ts'

export interface Group<T extends Order> {
  readonly kind: string
  /** Of whichever member came first: all of them are alike. */
  readonly target: Target
  /** What its fate depends on. */
  readonly topics: readonly string[]
  readonly members: OrderedList<T>
  /** Why it waits; absent until it was tried. */
  refusal: Refusal | undefined
  /** Which of its pools were full when it was refused. */
  fullness: string
  /** Something else has changed since. */
  stirred: boolean
}

export class WaitingRoom<T extends Order> {
  readonly #groups = new Map<string, Group<T>>()
  readonly #byTopic = new Map<string, Set<Group<T>>>()
  readonly #awake = new Set<Group<T>>()

  /** Everybody was tried, and nothing stirred since: none of them can be served. */
  get calm(): boolean {
    return this.#awake.size === 0
  }

  get empty(): boolean {
    return this.#groups.size === 0
  }

  /**
   * Puts a Service into the group of its target. With the refusal it just met there is nothing more to try; without
   * one, the group is among those to be tried.
   */
  enter(member: T, target: Target, refusal?: Refusal): Group<T> {
    const kind = kindOfTarget(target)
    let group = this.#groups.get(kind)
    if (group === undefined) {
      group = this.#open(kind, target)
      this.#groups.set(kind, group)
    }
    group.members.add(member)
    if (refusal === undefined) this.#awake.add(group)
    else this.refuse(group, refusal)
    return group
  }

  /** Takes note of why the group still waits. */
  refuse(group: Group<T>, refusal: Refusal): void {
    group.refusal = refusal
    group.fullness = fullnessOf(group.target)
    group.stirred = false
  }

  /** Another try would come to the same: its pools were full and are full again, and nothing else has changed. */
  isUnmoved({ fullness, stirred, target }: Group<T>): boolean {
    return !stirred && fullness === fullnessOf(target)
  }

  leave(member: T, group: Group<T>): void {
    group.members.delete(member)
    if (group.members.first() !== undefined) return
    this.#groups.delete(group.kind)
    this.#awake.delete(group)
    for (const topic of group.topics) this.#unsubscribe(group, topic)
  }

  /** Something about the topic changed: those who depend on it are to be tried again. */
  stir(topic: string): void {
    for (const group of this.#byTopic.get(topic) ?? []) {
      group.stirred = true
      this.#awake.add(group)
    }
  }

  /** An address of the pool became free, or the last one was taken. */
  stirPool(pool: string): void {
    for (const group of this.#byTopic.get(poolTopic(pool)) ?? []) this.#awake.add(group)
  }

  /** Puts a group back on the list of those to be tried. */
  wake(group: Group<T>): void {
    if (group.members.first() !== undefined) this.#awake.add(group)
  }

  /** The groups to be tried, and none of them again until something stirs. */
  takeAwake(): Group<T>[] {
    const groups = [...this.#awake]
    this.#awake.clear()
    return groups
  }

  #open(kind: string, target: Target): Group<T> {
    const group: Group<T> = {
      kind,
      target,
      topics: topicsOf(target),
      members: new OrderedList(),
      refusal: undefined,
      fullness: '',
      stirred: true,
    }
    for (const topic of group.topics) {
      const groups = this.#byTopic.get(topic)
      if (groups === undefined) this.#byTopic.set(topic, new Set([group]))
      else groups.add(group)
    }
    return group
  }

  #unsubscribe(group: Group<T>, topic: string): void {
    const groups = this.#byTopic.get(topic)
    groups?.delete(group)
    if (groups?.size === 0) this.#byTopic.delete(topic)
  }
}

export function addressTopic(address: Address): string {
  return `address ${address}`
}

function poolTopic(pool: string): string {
  return `pool ${pool}`
}

/** Stirs when holders of the key come to or leave an address of the pool. */
export function keyTopic(pool: string, sharingKey: string): string {
  return `key ${pool} ${sharingKey}`
}

function topicsOf(target: Target): string[] {
  if (target.kind === 'addresses') return target.addresses.map(addressTopic)
  const spaces = target.kind === 'completion' ? [target.space] : target.tiers.flat()
  const { sharingKey } = target.claim
  return spaces.flatMap(({ name }) =>
    sharingKey === '' ? [poolTopic(name)] : [poolTopic(name), keyTopic(name, sharingKey)],
  )
}
