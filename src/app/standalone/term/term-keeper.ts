/*
 * Keeps the addresses in use: as the holder of the term it writes them down, as a follower it reads what the holder
 * wrote. Performs the effects of tenure.ts on a TermFolder, one look or write at a time.
 */
import { messageOf } from '#core/errors.ts'
import { milliseconds, since, type Duration } from '#core/model/duration.ts'
import type { Clock, Histogram, Logger } from '#core/ports.ts'

import { sameHoldings, type Holdings, type TermFile, type TermFileFault } from './term-file.ts'
import type { TermFolder } from './term-folder.ts'
import {
  initialTenure,
  transition,
  type Sighting,
  type Tenure,
  type TenureEffect,
  type TenureEvent,
  type TenureRules,
} from './tenure.ts'

export const defaultPollEvery: Duration = milliseconds(1000)
export const defaultPatience = 3

export interface TermKeeperDeps {
  readonly folder: TermFolder
  readonly rules: TenureRules
  readonly clock: Clock
  readonly log: Logger
  readonly pollEvery: Duration
  /** While the folder of objects is away nothing is read, written or concluded. */
  readonly present: () => boolean
  /** Is the node, heard before, not heard any more? */
  readonly lost: (node: string) => boolean
  /** Time to write addresses down, in seconds. */
  readonly took: Histogram
}

/** What is written down and counts. */
export interface Written {
  readonly term: number
  readonly holder?: { readonly node: string; readonly boot: string }
  readonly services: Holdings
}

export class TermKeeper {
  private readonly deps: TermKeeperDeps
  private readonly listeners = new Set<() => void>()
  private tenure: Tenure = initialTenure
  private written: Written = { term: 0, services: new Map() }
  private wanted: Holdings | undefined
  private fault: string | undefined
  private queue: Promise<void> = Promise.resolve()
  private noticed = false
  private cancelPoll: () => void = () => {}
  private unwatch: (() => void) | undefined
  /** Of the file read last. */
  private known: { readonly content: string; readonly file: TermFile } | undefined

  constructor(deps: TermKeeperDeps) {
    this.deps = deps
  }

  /** Settles once the folder was looked at, and claimed if nobody holds it. */
  async start(): Promise<void> {
    await this.look(true)
    this.schedule()
  }

  current(): Written {
    return this.written
  }

  isHolder(): boolean {
    return this.tenure.role === 'holding'
  }

  /** Why the addresses cannot be read or written right now. */
  problem(): string | undefined {
    return this.fault
  }

  /** Called after each change of what is written down, of who holds it, or of the problem. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** The holder's wish; the newest wins. It counts once `current` shows it. A follower's wish is ignored. */
  record(services: Holdings): void {
    if (!this.isHolder()) return
    const writing = this.wanted !== undefined
    if (!writing && sameHoldings(services, this.written.services)) return
    this.wanted = services
    if (!writing) void this.enqueue(() => this.writeWanted())
  }

  /** Settles when everything asked for so far is written, or has failed. */
  settled(): Promise<void> {
    return this.queue
  }

  /** Something in the state folder, or among the members, moved. */
  notice(): void {
    if (this.noticed) return
    this.noticed = true
    void this.look(false)
  }

  /** Lets another process take over at once. */
  async stop(): Promise<void> {
    this.cancelPoll()
    this.endWatch()
    await this.enqueue(() => this.feed({ type: 'leave' }))
  }

  /** A folder that cannot be watched, or not yet, is polled only. */
  private watch(): void {
    if (this.unwatch !== undefined) return
    try {
      const moved = (): void => this.notice()
      this.unwatch = this.deps.folder.watch(moved, () => this.endWatch())
    } catch {
      this.unwatch = undefined
    }
  }

  private endWatch(): void {
    this.unwatch?.()
    this.unwatch = undefined
  }

  private schedule(): void {
    this.cancelPoll = this.deps.clock.after(this.deps.pollEvery, () => {
      void this.look(true)
      this.schedule()
    })
  }

  private look(poll: boolean): Promise<void> {
    return this.enqueue(async () => {
      this.noticed = false
      if (!this.deps.present()) return this.endWatch()
      this.watch()
      const seen = await this.sight()
      const holderLost = seen?.holder !== undefined && this.deps.lost(seen.holder.node)
      await this.feed({ type: 'looked', poll, holderLost, ...(seen === undefined ? {} : { seen }) })
    })
  }

  private async sight(): Promise<Sighting | undefined> {
    const { folder, rules } = this.deps
    const [term] = await folder.list()
    const content = term === undefined ? undefined : await folder.content(term)
    if (term === undefined || content === undefined) return undefined
    const mark = `${content} ${await folder.pulse(term)}`
    if (this.tenure.role === 'holding' && this.tenure.term === term) {
      return { term, mark, state: 'open', holder: rules.self }
    }
    const file = await this.read(term, content)
    if (file === undefined) return undefined
    if ('fault' in file) {
      if (file.fault !== 'empty') this.report(`${folder.path}: the file of term ${term} ${file.message}`)
      return { term, mark, state: file.fault }
    }
    this.report(undefined)
    this.adopt(file)
    return { term, mark, state: file.state, holder: file.holder }
  }

  /** An unchanged file is not read again. */
  private async read(term: number, content: string): Promise<TermFile | TermFileFault | undefined> {
    if (this.known?.content === content && this.known.file.term === term) return this.known.file
    const file = await this.deps.folder.read(term)
    this.known = file === undefined || 'fault' in file ? undefined : { content, file }
    return file
  }

  private async feed(event: TenureEvent): Promise<void> {
    const before = this.tenure
    const { tenure, effects } = transition(before, event, this.deps.rules)
    this.tenure = tenure
    for (const effect of effects) await this.perform(effect)
    if (before.role === 'holding' && tenure.role === 'following') {
      this.wanted = undefined
      this.deps.log.warn('another process allocates now', { term: tenure.highest })
    }
    if (before.role !== this.tenure.role) this.publish()
  }

  private async perform(effect: TenureEffect): Promise<void> {
    const { folder } = this.deps
    switch (effect.type) {
      case 'claim':
        return this.claim(effect.term)
      case 'renew':
        await folder.renew(effect.term)
        this.report(undefined)
        return this.writeWanted()
      case 'restore':
        return folder.write(
          this.fileWith({ term: effect.term, state: 'open', services: this.written.services }),
        )
      case 'release':
        return folder.write(
          this.fileWith({ term: effect.term, state: 'released', services: this.written.services }),
        )
    }
  }

  /**
   * Takes the term first and copies the older one's content after that: the former holder looks for a higher term
   * after each of its writes, so whatever it believes to be written is copied.
   */
  private async claim(term: number): Promise<void> {
    const { folder, log } = this.deps
    const first = await folder.claim(this.fileWith({ term, state: 'claimed', services: new Map() }))
    if (!first || !(await this.isHighest(term))) {
      if (first) await folder.remove(term)
      return this.feed({ type: 'refused' })
    }
    const services = (await this.newestContent()) ?? this.written.services
    const file = this.fileWith({ term, state: 'open', services })
    await folder.write(file)
    if (!(await this.isHighest(term))) return this.feed({ type: 'refused' })
    this.written = file
    log.info('this process allocates', { term, services: services.size })
    await this.feed({ type: 'claimed', term })
    for (const old of await folder.list()) if (old < term - 1) await folder.remove(old)
  }

  /** A claim that was never filled in, or a file that cannot be read, is passed over. */
  private async newestContent(): Promise<Holdings | undefined> {
    for (const term of await this.deps.folder.list()) {
      const file = await this.deps.folder.read(term)
      if (file !== undefined && !('fault' in file) && file.state !== 'claimed') return file.services
    }
    return undefined
  }

  private async writeWanted(): Promise<void> {
    if (this.tenure.role !== 'holding' || this.wanted === undefined) return
    const { term } = this.tenure
    const services = this.wanted
    const began = this.deps.clock.now()
    await this.deps.folder.write(this.fileWith({ term, state: 'open', services }))
    this.deps.took.observe({}, since(began, this.deps.clock.now()) / 1000)
    if (this.wanted === services) this.wanted = undefined
    if (!(await this.isHighest(term))) {
      this.notice()
      return
    }
    this.report(undefined)
    this.written = { ...this.written, services }
    this.publish()
    if (this.wanted !== undefined) await this.writeWanted()
  }

  private async isHighest(term: number): Promise<boolean> {
    return (await this.deps.folder.list())[0] === term
  }

  /** A claim without content leaves in force what the term before it says. */
  private adopt(file: TermFile): void {
    const changed = file.term !== this.written.term || !sameHoldings(file.services, this.written.services)
    if (file.state === 'claimed' || !changed) return
    this.written = file
    this.publish()
  }

  private fileWith(content: Pick<TermFile, 'term' | 'state' | 'services'>): TermFile {
    return { ...content, holder: this.deps.rules.self }
  }

  private enqueue(task: () => Promise<void>): Promise<void> {
    this.queue = this.queue.then(task).catch((cause: unknown) => this.failed(cause))
    return this.queue
  }

  /** The next poll tries again: a write that is still wanted goes with the renewal. */
  private async failed(cause: unknown): Promise<void> {
    this.report(`${this.deps.folder.path}: ${messageOf(cause)}`)
    if (this.tenure.role === 'claiming') await this.feed({ type: 'refused' })
  }

  private report(fault: string | undefined): void {
    if (fault === this.fault) return
    this.fault = fault
    if (fault !== undefined) this.deps.log.error('addresses cannot be kept', { cause: fault })
    this.publish()
  }

  private publish(): void {
    for (const listener of this.listeners) listener()
  }
}
