/* Prints something again whenever it is another than before: what `--watch` means. */
import { setTimeout as sleep } from 'node:timers/promises'

import type { Terminal } from './inputs.ts'

const clearScreen = '\u001b[2J\u001b[H'

export interface WatchOptions {
  /** Milliseconds between two looks. */
  readonly every: number
  /** Ends it; absent: nothing does. */
  readonly signal?: AbortSignal
}

/** `read` gives undefined when there is nothing to print now, which it has told by itself. */
export async function watch(
  read: () => Promise<string | undefined>,
  terminal: Pick<Terminal, 'isTTY' | 'out'>,
  { every, signal }: WatchOptions,
): Promise<void> {
  let before: string | undefined
  const over = (): boolean => signal?.aborted === true
  while (!over()) {
    const text = await read()
    if (text !== undefined && text !== before) terminal.out(`${terminal.isTTY ? clearScreen : ''}${text}`)
    before = text
    await sleep(every, undefined, { ...(signal && { signal }) }).catch(() => undefined)
  }
}
