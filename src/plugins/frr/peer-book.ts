/* The peers as they are wanted: their resources read, their passwords fetched. */
import type { AnnouncerHost, Resource } from '#core/announcer.ts'
import { messageOf } from '#core/errors.ts'

import type { Trouble } from './errors.ts'
import { readFrrPeer, type FrrPeer, type PeerWithPassword } from './peer.ts'

export interface WantedPeers {
  /** Sorted by name. */
  readonly peers: readonly PeerWithPassword[]
  /** By peer name: why it is not among them, or what is wrong with it nevertheless. */
  readonly troubles: ReadonlyMap<string, Trouble>
  /** A Secret should be asked for again. */
  readonly unread: boolean
}

/** What FRR takes as a password. */
const printable = /^[\x21-\x7e]{1,80}$/

export class PeerBook {
  readonly #host: Pick<AnnouncerHost, 'secret'>
  /** The last password known of a peer: a session that runs goes on with it when its Secret is gone. */
  readonly #passwords = new Map<string, string>()

  constructor(host: Pick<AnnouncerHost, 'secret'>) {
    this.#host = host
  }

  async read(resources: readonly Resource[], signal: AbortSignal): Promise<WantedPeers> {
    const troubles = new Map<string, Trouble>()
    const peers: PeerWithPassword[] = []
    let unread = false
    for (const resource of resources) {
      const peer = readFrrPeer(resource)
      if ('field' in peer) {
        const message = `spec.${peer.field}: ${peer.message}`
        troubles.set(resource.name, { reason: 'InvalidPeer', message })
        continue
      }
      const fault = await this.#fetch(peer, signal)
      if (fault !== undefined) {
        troubles.set(peer.name, { reason: 'SecretUnavailable', message: fault })
        unread = true
      }
      const password = this.#passwords.get(peer.name)
      if (peer.passwordSecret === undefined) peers.push(peer)
      else if (password !== undefined) peers.push({ ...peer, password })
    }
    this.#forget(new Set(resources.map(({ name }) => name)))
    return { peers, troubles, unread }
  }

  /** Undefined once the password is known. */
  async #fetch({ name, passwordSecret }: FrrPeer, signal: AbortSignal): Promise<string | undefined> {
    if (passwordSecret === undefined) {
      this.#passwords.delete(name)
      return undefined
    }
    try {
      const { password } = await untilAborted(this.#host.secret(passwordSecret), signal)
      if (password === undefined) return `Secret ${passwordSecret.name} has no key "password"`
      const text = new TextDecoder().decode(password)
      if (!printable.test(text)) {
        return `the password in Secret ${passwordSecret.name} is not 1 to 80 printable ASCII characters without spaces, and FRR takes no other`
      }
      this.#passwords.set(name, text)
      return undefined
    } catch (error) {
      return messageOf(error)
    }
  }

  #forget(names: ReadonlySet<string>): void {
    for (const name of this.#passwords.keys()) if (!names.has(name)) this.#passwords.delete(name)
  }
}

async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  let giveUp = (): void => undefined
  const aborted = new Promise<never>((_, reject) => {
    giveUp = () => reject(new Error('gave up waiting'))
  })
  signal.addEventListener('abort', giveUp, { once: true })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}
