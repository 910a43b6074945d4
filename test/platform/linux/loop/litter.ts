/* A program of the poll loop that makes garbage. */
import { readdirSync, readFileSync } from 'node:fs'

import type { LoopContext, LoopProgram } from '#platform/linux/loop/program.ts'

/** Leaves behind what fills a young generation many times over, and says how often each other thread was woken by it. */
export const litter: LoopProgram = {
  start(context: LoopContext) {
    const before = wakeUps()
    let kept: unknown[] = []
    for (let i = 0; i < 200_000; i++) {
      kept.push(new Uint8Array(100), { i })
      if (kept.length > 1000) kept = []
    }
    context.post([...wakeUps()].map(([thread, times]) => times - (before.get(thread) ?? 0)))
  },
}

function wakeUps(): Map<string, number> {
  const threads = readdirSync('/proc/self/task').map((thread) => [thread, wakeUpsOf(thread)] as const)
  return new Map(threads.filter((entry): entry is readonly [string, number] => entry[1] !== undefined))
}

/** Undefined: it has ended meanwhile. */
function wakeUpsOf(thread: string): number | undefined {
  try {
    const status = readFileSync(`/proc/self/task/${thread}/status`, 'utf8')
    return Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1])
  } catch {
    return undefined
  }
}
