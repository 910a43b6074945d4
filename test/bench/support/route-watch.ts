/* Sees routes come to a router's kernel and leave it, as they do. */
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

import { until, type LabNode } from '#lab/index.ts'

type What = 'comes' | 'leaves'

/** For documentation (RFC 5737): nobody else's. */
const probe = '203.0.113.1'
const patience = 30_000

export class RouteWatch {
  readonly #monitor: ChildProcessByStdio<null, Readable, null>
  readonly #waiting = new Map<string, (at: number) => void>()
  readonly #left: string[] = []

  private constructor(monitor: ChildProcessByStdio<null, Readable, null>) {
    this.#monitor = monitor
    createInterface({ input: monitor.stdout }).on('line', (line) => {
      const words = line.split(' ')
      const dst = words.find((word) => /^\d+\.\d+\.\d+\.\d+$/.test(word)) ?? ''
      const what = words[0] === 'Deleted' ? 'leaves' : 'comes'
      if (what === 'leaves' && dst !== probe) this.#left.push(dst)
      this.#waiting.get(keyOf(dst, what))?.(performance.now())
    })
  }

  /** Settles when the kernel's events are heard. */
  static async on(router: LabNode): Promise<RouteWatch> {
    const [file = '', ...args] = router.argv(['ip', '-o', 'monitor', 'route'])
    const watch = new RouteWatch(spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] }))
    let heard = false
    void watch.next(probe, 'leaves').then(() => (heard = true))
    await until('the monitor to hear routes', async () => {
      await router.ip(`route replace blackhole ${probe}/32`)
      await router.ip(`route del blackhole ${probe}/32`)
      return heard
    })
    return watch
  }

  /** The moment at which the route next comes or leaves, as `performance.now` has it. */
  next(dst: string, what: What): Promise<number> {
    const key = keyOf(dst, what)
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no route ${key} within ${patience} ms`)), patience)
      this.#waiting.set(key, (at) => {
        clearTimeout(late)
        this.#waiting.delete(key)
        resolve(at)
      })
    })
  }

  /** Routes that have left since the watch began, in that order. */
  get left(): readonly string[] {
    return this.#left
  }

  stop(): void {
    this.#monitor.kill()
  }
}

/** `median 61.6, p95 62.1, max 63.1 ms` */
export function summary(times: readonly number[], digits = 1): string {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(digits)
  return `median ${at(0.5)}, p95 ${at(0.95)}, max ${at(1)} ms`
}

function keyOf(dst: string, what: What): string {
  return `${dst} ${what}`
}
