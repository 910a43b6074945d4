/* Keys that are replaced while the process runs. */
import { unwatchFile, watchFile } from 'node:fs'

import { messageOf } from '#core/errors.ts'
import type { Logger } from '#core/ports.ts'

import { readKeys } from './key-file.ts'
import type { Keys } from './protocol.ts'

/** A mounted Secret is replaced by swapping symbolic links, which only looking at the file itself notices. */
const lookEvery = 2000

/**
 * Calls back with what the file holds whenever it changes; returns what ends it. A file that is gone or wrong is logged,
 * and the keys stay what they were.
 */
export function watchKeys(path: string, log: Logger, changed: (keys: Keys) => void): () => void {
  const look = async (): Promise<void> => {
    try {
      const keys = await readKeys(path)
      changed(keys)
      log.info('heartbeat keys were read anew', { file: path, keys: keys.length })
    } catch (cause) {
      const why = messageOf(cause)
      log.error('heartbeat keys stay what they were', { cause: why })
    }
  }
  const listener = (): void => void look()
  watchFile(path, { interval: lookEvery, persistent: false }, listener)
  return () => unwatchFile(path, listener)
}
