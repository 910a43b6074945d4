/* The certificate of an HTTPS server, from files that may be replaced at any time: a mounted Secret, cert-manager. */
import { unwatchFile, watchFile } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { Server } from 'node:https'
import { createSecureContext, type SecureContextOptions } from 'node:tls'

import { messageOf } from '#core/errors.ts'
import type { Logger } from '#core/ports.ts'

export interface CertificateFiles {
  /** PEM: the certificate, and those between it and a root. */
  readonly cert: string
  /** PEM. */
  readonly key: string
}

/** What a connection may be made with; absent: as Node has it. */
export type TlsLimits = Pick<SecureContextOptions, 'minVersion' | 'ciphers' | 'ecdhCurve'>

/** A Secret's volume is changed by a link, which tells no watcher of the file: it is looked at instead. */
const lookEvery = 2000

export class Certificate {
  readonly #files: CertificateFiles
  readonly #log: Logger
  readonly #limits: TlsLimits
  #stop = (): void => {}

  constructor(files: CertificateFiles, log: Logger, limits: TlsLimits = {}) {
    this.#files = files
    this.#log = log
    this.#limits = limits
  }

  /** Gives it to the server, now and whenever the files change. Rejects when what is there now is no pair. */
  async serve(server: Server): Promise<void> {
    server.setSecureContext(await this.#read())
    const changed = (): void => void this.#renew(server)
    const paths = Object.values(this.#files) as string[]
    for (const path of paths) watchFile(path, { interval: lookEvery, persistent: false }, changed)
    this.#stop = () => paths.forEach((path) => unwatchFile(path, changed))
  }

  close(): void {
    this.#stop()
  }

  /** One file changes before the other: what is no pair yet is left alone, and the next change is looked at again. */
  async #renew(server: Server): Promise<void> {
    const { cert } = this.#files
    try {
      server.setSecureContext(await this.#read())
      this.#log.info('certificate of the metrics renewed', { cert })
    } catch (cause) {
      this.#log.warn('certificate of the metrics cannot be used, the last one stays', {
        cause: messageOf(cause),
      })
    }
  }

  async #read(): Promise<SecureContextOptions> {
    const { cert, key } = this.#files
    const pair = { cert: await readFile(cert), key: await readFile(key) }
    try {
      createSecureContext(pair)
    } catch (cause) {
      throw new Error(`${cert} and ${key} are no certificate with its key: ${messageOf(cause)}`, { cause })
    }
    return { ...pair, ...this.#limits }
  }
}
