/* The key that speakers sign their heartbeats with: made once, by whichever controller comes first, and never changed. */
import { seconds } from '#core/model/duration.ts'
import type { Clock, Logger } from '#core/ports.ts'

import type { ApiClient } from '../api/client.ts'
import { isConflict } from '../api/errors.ts'
import { resources } from '../api/resources.ts'

export interface HeartbeatSecret {
  readonly client: ApiClient
  readonly clock: Clock
  readonly log: Logger
  readonly namespace: string
  readonly name: string
  readonly key: Uint8Array
}

/** The key that MetalLB's Secret has, under which speakers look for it. */
const field = 'secretkey'

export function makeHeartbeatSecret(secret: HeartbeatSecret): void {
  const { client, clock, log, namespace, name, key } = secret
  const text = Buffer.from(key).toString('base64')
  const object = { metadata: { namespace, name }, data: { [field]: Buffer.from(text).toString('base64') } }
  client.create(resources.secrets, object).catch((error: unknown) => {
    if (isConflict(error)) return
    log.warn('heartbeat key not made, will be tried again', {
      secret: `${namespace}/${name}`,
      cause: String(error),
    })
    clock.after(seconds(10), () => makeHeartbeatSecret(secret))
  })
}
