import { closeSync, openSync } from 'node:fs'

import { CLONE_NEWNET } from '#platform/linux/constants.ts'
import * as libc from '#platform/linux/libc.ts'

/** Runs `body` with this thread in another network namespace. */
export function inNamespace<T>(path: string, body: () => T): T {
  const [home, there] = [openSync('/proc/self/ns/net', 'r'), openSync(path, 'r')]
  try {
    libc.setns(there, CLONE_NEWNET)
    return body()
  } finally {
    libc.setns(home, CLONE_NEWNET)
    closeSync(there)
    closeSync(home)
  }
}
