/*
 * Memory that a burst of work leaves behind. V8 collects when a thread allocates, which one at rest does not, and the C
 * library keeps what is freed: without this a process holds for ever what its start needed.
 */
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { milliseconds, type Duration } from '#core/model/duration.ts'

import { mallocTrim } from './libc.ts'

/** So much more than after the last collection is worth one: bytes, and the share of what there was then. */
const worth = {
  rest: { least: 4 * 2 ** 20, share: 0.15 },
  /** V8 by itself waits until a heap has grown several times over. */
  work: { least: 24 * 2 ** 20, share: 0.5 },
  /** For the last time in a while. */
  end: { least: 2 * 2 ** 20, share: 0 },
}

/** Milliseconds for each byte that stays, before it is known what it takes here. */
const assumedPace = 2 / 2 ** 20
/** In bytes. What a smaller heap takes says nothing of a larger one: part of it does not depend on the size. */
const leastForPace = 16 * 2 ** 20

/** In megabytes, for a worker: the two halves, and what is promoted meanwhile. */
export const youngGeneration = 3

/**
 * V8 lets a thread's young generation grow to 32 MB during the first burst of work. A process that mostly waits is
 * better off collecting more often. V8 forgets it whenever a thread starts (Heap::ConfigureHeap), so it is said again
 * then.
 */
export function keepYoungGenerationSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
}

/**
 * From now on no thread waits for others when it collects its young generation. V8 would share that out among its helper
 * threads, and wait until they are through, or at least awake: on a busy machine up to 200 ms, for a millisecond of work.
 * (`parallel-marking` must stay: without it, V8 aborts the process when it has marked concurrently.)
 */
export function collectAlone(): void {
  setFlagsFromString('--no-parallel-scavenge')
  setFlagsFromString('--no-concurrent-array-buffer-sweeping')
}

/** Of one thread, in bytes. `held`: with what is free in it. */
export interface Heap {
  readonly used: number
  readonly held: number
}

/** Of the thread that made it. */
export class SpareMemory {
  readonly #collect = garbageCollector()
  readonly #heap: () => Heap
  /** After the last collection, and after the last that has compacted. */
  #before: Heap = { used: 0, held: 0 }
  #compacted: Heap = { used: 0, held: 0 }
  #pace = assumedPace

  constructor(look = heap) {
    this.#heap = look
  }

  /**
   * Stops the thread for some milliseconds for each megabyte in use, if there is something to gain; else for next to
   * nothing. Not done where, by what it took before, that would be longer than `within`.
   */
  giveBack(during: keyof typeof worth = 'rest', within: Duration = milliseconds(Infinity)): boolean {
    const { least, share } = worth[during]
    const now = this.#heap()
    const before = during === 'work' ? this.#before : this.#compacted
    const hasGrown = (what: keyof Heap): boolean =>
      now[what] - before[what] >= Math.max(least, share * before[what])
    // What V8 has collected by itself it goes on holding.
    if (!hasGrown('used') && !hasGrown('held')) return false
    // Garbage, which costs next to nothing, is counted as well: how much of it there is nobody knows before.
    if (this.#pace * now.used > within) {
      // It may have been a busy moment.
      this.#pace = (this.#pace * 9 + assumedPace) / 10
      return false
    }
    const began = performance.now()
    if (during === 'work') this.#collect()
    else this.#compact()
    mallocTrim()
    const took = performance.now() - began
    this.#before = this.#heap()
    if (during !== 'work') this.#compacted = this.#before
    this.#learn(took, this.#before.used)
    return true
  }

  /** A moment in which others had the processor does not count in full, and a small heap says only what is too slow. */
  #learn(took: number, left: number): void {
    const pace = (this.#pace + took / Math.max(left, leastForPace)) / 2
    this.#pace = left < leastForPace ? Math.max(pace, assumedPace) : pace
  }

  /** By itself V8 moves four megabytes together in one collection, and holds every page that has anything left on it. */
  #compact(): void {
    setFlagsFromString('--compact-on-every-full-gc')
    this.#collect()
    setFlagsFromString('--no-compact-on-every-full-gc')
  }
}

function heap(): Heap {
  const { used_heap_size: used, total_heap_size, external_memory } = getHeapStatistics()
  return { used, held: total_heap_size + external_memory }
}

function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  setFlagsFromString('--no-expose-gc')
  return collect
}
