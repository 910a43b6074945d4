/*
 * Makes the AddressProbes be as they should: one for each address that is asked about or in quarantine, no others. Each
 * is one key of a queue, so that two writes of one object never meet.
 */
import { messageOf } from '#core/errors.ts'
import type { Address } from '#core/model/address.ts'
import { milliseconds, seconds, type Duration } from '#core/model/duration.ts'
import type { Quarantined } from '#core/model/facts.ts'
import type { Clock, Logger, Random } from '#core/ports.ts'

import { probeObject, projectProbe, type AddressProbe } from '../api/address-probe.ts'
import type { ApiClient } from '../api/client.ts'
import { isConflict, isStatus } from '../api/errors.ts'
import type { ObjectStore } from '../api/object-store.ts'
import { resources } from '../api/resources.ts'
import { addressWords } from './claim-name.ts'
import { WorkQueue, type WorkResult } from './work-queue.ts'

export interface ProbeObjectsDeps {
  readonly client: ApiClient
  readonly store: ObjectStore<AddressProbe>
  /** Of this process. */
  readonly identity: string
  readonly wanted: (address: Address) => WantedProbe | undefined
  readonly mayWrite: () => boolean
  readonly clock: Clock
  readonly random: Random
  /** Wall clock. */
  readonly date: () => Date
  readonly log: Logger
}

/** What is to stand there: a question, or a mark. */
export type WantedProbe = Pick<AddressProbe['spec'], 'pool' | 'services'> & {
  readonly mark?: Quarantined
}

const atOnce = 8
/** A question of another process, which may be about to hear the answer. None waits so long for one. */
const foreignLasts = seconds(10)
/** Somebody else was faster: the watch tells what is there now. */
const watchLag = milliseconds(200)

export class ProbeObjects {
  private readonly deps: ProbeObjectsDeps
  private readonly queue: WorkQueue
  /** By the name of the object. */
  private readonly addresses = new Map<string, Address>()
  /** Questions that are answered, or were there before this process: their answers say nothing any more. */
  private readonly over = new Set<string>()
  private lastFailure = ''

  constructor(deps: ProbeObjectsDeps) {
    this.deps = deps
    const { clock, random } = deps
    const work = (name: string): Promise<WorkResult> => this.settle(name)
    this.queue = new WorkQueue({ work, concurrency: atOnce, clock, random, idle: () => {} })
    this.queue.resume()
  }

  stop(): void {
    this.queue.clear()
  }

  /** What is wanted of the address is not what it was. */
  look(address: Address): void {
    const name = addressWords(address)
    this.addresses.set(name, address)
    this.queue.add([name])
  }

  /** What is there may not be what is wanted. */
  lookAt(names: Iterable<string>): void {
    this.queue.add(names)
  }

  /** The question that is there now is over. */
  end(address: Address): void {
    const { uid } = this.deps.store.get(addressWords(address))?.metadata ?? {}
    if (uid !== undefined) this.over.add(uid)
  }

  isOver({ metadata: { uid = '' } }: AddressProbe): boolean {
    return this.over.has(uid)
  }

  private async settle(name: string): Promise<WorkResult> {
    if (!this.deps.mayWrite()) return 'done'
    try {
      return await this.makeTrue(name)
    } catch (error) {
      if (isConflict(error)) return watchLag
      // What is gone is not there any more; without its kind nothing can be asked.
      if (isStatus(error, 404) && this.deps.store.get(name) !== undefined) {
        this.deps.store.remove(name)
        return 'again'
      }
      this.fail(name, error)
      return 'failed'
    }
  }

  private async makeTrue(name: string): Promise<WorkResult> {
    const probe = this.deps.store.get(name)
    const address = this.addresses.get(name) ?? probe?.spec.address
    const wish = address && this.deps.wanted(address)
    if (address === undefined || wish === undefined) {
      this.addresses.delete(name)
      return probe === undefined ? 'done' : await this.clear(probe)
    }
    if (probe === undefined) await this.create(address, wish)
    else if (wish.mark === undefined && !this.asks(probe)) return await this.clear(probe)
    else if (wish.mark !== undefined && probe.spec.quarantine === undefined)
      await this.replace(probe, address, wish)
    return 'done'
  }

  /** What is to become of one that is not wanted as it is. */
  private async clear(probe: AddressProbe): Promise<WorkResult> {
    const left = this.asks(probe) ? this.foreignFor(probe) : undefined
    if (left !== undefined) return left
    await this.remove(probe)
    return 'again'
  }

  /** It is a question, and its answers count. */
  private asks(probe: AddressProbe): boolean {
    return probe.spec.quarantine === undefined && !this.isOver(probe)
  }

  private async create(address: Address, wish: WantedProbe): Promise<void> {
    const { client, store } = this.deps
    const object = probeObject(addressWords(address), this.specOf(address, wish))
    store.put(projectProbe(await client.create(resources.addressProbes, object)))
  }

  private async replace({ metadata }: AddressProbe, address: Address, wish: WantedProbe): Promise<void> {
    const { client, store } = this.deps
    const { spec } = probeObject(metadata.name, this.specOf(address, wish))
    store.put(projectProbe(await client.replace(resources.addressProbes, { metadata, spec })))
  }

  private specOf(address: Address, { mark, ...wish }: WantedProbe): AddressProbe['spec'] {
    const spec = { address, writer: this.deps.identity, ...wish }
    if (mark === undefined) return spec
    const { address: _, ...quarantine } = mark
    return { ...spec, quarantine }
  }

  private async remove({ metadata: { name, uid } }: AddressProbe): Promise<void> {
    const { client, store } = this.deps
    await client.delete(resources.addressProbes, { name }, uid === undefined ? {} : { uid })
    if (store.get(name)?.metadata.uid === uid) store.remove(name)
    if (uid !== undefined) this.over.delete(uid)
  }

  /** How long another's question is left alone yet; undefined: not any more. */
  private foreignFor({ metadata, spec }: AddressProbe): Duration | undefined {
    const { identity, date } = this.deps
    if (spec.writer === identity) return undefined
    const age = date().getTime() - Date.parse(metadata.creationTimestamp ?? '')
    const left = foreignLasts - age
    return left > 0 ? milliseconds(Math.min(left, foreignLasts)) : undefined
  }

  private fail(name: string, error: unknown): void {
    const cause = messageOf(error)
    if (cause !== this.lastFailure) this.deps.log.warn('probe not written', { probe: name, cause })
    this.lastFailure = cause
  }
}

/** What a process has left behind that asked; best effort, and quietly, for its kind may not be there. */
export async function forgetProbes(client: ApiClient): Promise<void> {
  try {
    for (const { metadata } of await client.list(resources.addressProbes))
      await client.delete(resources.addressProbes, { name: metadata.name })
  } catch {
    // Nobody reads them.
  }
}
