/* Desired state in, an frr.conf kept, status out: for people who give FRR its configuration themselves. */
import type { Announcer, AnnouncerHost, AnnouncerStatus, DesiredState } from '#core/announcer.ts'
import { Complaints } from '#core/bgp/complaints.ts'
import { Draining } from '#core/bgp/draining.ts'
import { pathsOf } from '#core/bgp/paths.ts'
import { TargetLedger, type PeerView } from '#core/bgp/target-status.ts'
import { messageOf } from '#core/errors.ts'
import { seconds } from '#core/model/duration.ts'

import type { FrrConfig } from './config.ts'
import type { Trouble } from './errors.ts'
import { frrFile, type FrrFile } from './file.ts'
import { say } from './log.ts'
import { PeerBook } from './peer-book.ts'

/** What a Secret or the file's folder lacks may be there later. */
const retryDelay = seconds(10)

export interface ConfFile {
  readonly path: string
  /** Readers see the old text or the new. Rejects with an error that says why it is not written. */
  write(text: string): Promise<void>
}

export class FrrFileAnnouncer implements Announcer {
  readonly #config: FrrConfig
  readonly #host: AnnouncerHost
  readonly #file: ConfFile
  readonly #book: PeerBook
  readonly #draining: Draining
  readonly #ledger = new TargetLedger()
  readonly #complaints: Complaints
  #written: string | undefined
  /** What was last reported of each peer. */
  #told = new Map<string, string>()
  #cancelRetry: () => void = () => {}

  constructor(config: FrrConfig, host: AnnouncerHost, file: ConfFile) {
    this.#config = config
    this.#host = host
    this.#file = file
    this.#book = new PeerBook(host)
    this.#draining = new Draining(host, config.drainTime)
    this.#complaints = new Complaints((line, fields) => say(host.log, line, fields))
  }

  /** The file of an earlier run stays as it is until there is something else to say. */
  async open(): Promise<void> {}

  async reconcile(desired: DesiredState, signal: AbortSignal): Promise<AnnouncerStatus> {
    this.#cancelRetry()
    const { belt } = this.#config
    const draining = this.#draining.of(desired.targets)
    const file = await frrFile({ ...desired, draining }, belt, this.#book, signal)
    signal.throwIfAborted()
    this.#complaints.about(file.routes)
    const problem = await this.#write(file.text)
    const names = (desired.resources.BGPPeer ?? []).map(({ name }) => name)
    const views = names.map((name) => viewOf(name, file, problem))
    for (const name of names) this.#report(name, file.troubles.get(name), problem)
    for (const name of this.#told.keys()) if (!names.includes(name)) this.#told.delete(name)
    const troubles = [...file.troubles.values()]
    if (problem !== undefined || troubles.some(({ reason }) => reason === 'SecretUnavailable')) this.#retry()
    const statuses = this.#ledger.statuses(pathsOf(desired.targets), views, file.routes)
    const message = `in ${this.#file.path}; what FRR makes of it is not looked at`
    const targets = statuses.map((one) => (one.phase === 'serving' ? { message, ...one } : one))
    return { generation: desired.generation, targets }
  }

  async close(): Promise<void> {
    this.#cancelRetry()
    this.#draining.stop()
  }

  /** The problem, where there is one. */
  async #write(text: string): Promise<string | undefined> {
    if (text === this.#written) return undefined
    try {
      await this.#file.write(text)
      this.#written = text
      say(this.#host.log, 'written', { file: this.#file.path, bytes: text.length })
      return undefined
    } catch (error) {
      const problem = messageOf(error)
      say(this.#host.log, 'notWritten', { file: this.#file.path, problem })
      return problem
    }
  }

  #report(peer: string, trouble: Trouble | undefined, problem: string | undefined): void {
    const { path } = this.#file
    const reason = trouble?.reason ?? (problem === undefined ? 'RenderOnly' : 'FileNotWritten')
    const message = trouble?.message ?? problem ?? `in ${path}; what FRR makes of it is not looked at`
    if (this.#told.get(peer) === `${reason} ${message}`) return
    this.#told.set(peer, `${reason} ${message}`)
    this.#host.report({ kind: 'peer', peer, state: 'Unknown', reason, message })
  }

  #retry(): void {
    this.#cancelRetry = this.#host.clock.after(retryDelay, () =>
      this.#host.report({ kind: 'wake', reason: 'something was not available' }),
    )
  }
}

/** As far as this plugin can see, what is in the file is told. */
function viewOf(name: string, { troubles, routes }: FrrFile, problem: string | undefined): PeerView {
  const table = routes.tables.get(name)
  const detail = troubles.get(name)?.message ?? problem
  return {
    name,
    established: detail === undefined,
    detail: detail ?? 'in the file',
    holds: (prefix) => detail === undefined && table?.has(prefix) === true,
    familyFault: () => undefined,
  }
}
