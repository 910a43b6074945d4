/* Waiting for the cluster to have done something, with a bound. */
import { setTimeout as sleep } from 'node:timers/promises'

export interface Waiting {
  /** Milliseconds. */
  readonly every: number
  readonly most: number
}

/** Rejects with what was waited for. */
export async function waitUntil(
  what: string,
  { every, most }: Waiting,
  isSo: () => Promise<boolean>,
): Promise<void> {
  for (const end = performance.now() + most; !(await isSo()); await sleep(every)) {
    if (performance.now() > end) throw new Error(`waited ${most / 1000} s for ${what}`)
  }
}
