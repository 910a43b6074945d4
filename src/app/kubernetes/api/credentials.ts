/* Where the API server is and how to prove who we are. */
import type { Agent } from 'node:https'
import type { ConnectionOptions } from 'node:tls'

export interface Credentials {
  readonly server: URL
  /** `authorization` and the like. */
  readonly headers: Readonly<Record<string, string>>
  readonly tls: Pick<
    ConnectionOptions,
    'ca' | 'cert' | 'key' | 'passphrase' | 'rejectUnauthorized' | 'servername'
  >
  /** Where a proxy stands between us and the server. */
  readonly proxy?: Agent
}

export interface CredentialSource {
  /** As they are now: tokens are rotated, certificates renewed. */
  current(): Promise<Credentials>
  /** The server did not accept what `current` gave; the next one is read anew. */
  refused(): void
  /** Of the context, or of the Pod: where commands look when no namespace is given. */
  readonly namespace: string | undefined
}
