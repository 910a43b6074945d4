/*
 * Asks the segment about addresses that the controller is about to hand out, and answers in the status of their
 * AddressProbes, for as long as those ask:
 *
 *   AddressProbe ──► one of the first nodes that could announce it? ──► announcer asks the segment ──► status.answers
 */
import { askersFor } from '#core/answers.ts'
import { candidatesFor, type Prospect } from '#core/candidates.ts'
import type { Address } from '#core/model/address.ts'
import { milliseconds, seconds } from '#core/model/duration.ts'
import { findingIn } from '#core/model/finding.ts'
import type { Clock, Logger, Random, Sha256 } from '#core/ports.ts'
import { retryDelay, type RetryPolicy } from '#core/runtime/retry-schedule.ts'

import type { Decided } from '../../node/decided.ts'
import type { Candidates, Surveyed } from '../../node/fleet.ts'
import { projectProbe, writtenAnswer, type AddressProbe } from '../api/address-probe.ts'
import type { ApiClient } from '../api/client.ts'
import { isConflict, isStatus } from '../api/errors.ts'
import { ObjectStore } from '../api/object-store.ts'
import { Reflector } from '../api/reflector.ts'
import { resources } from '../api/resources.ts'

export interface ProbeAnswersDeps {
  readonly client: ApiClient
  readonly node: string
  /** Names of the announcers that survey. */
  readonly surveyors: readonly string[]
  readonly sha256: Sha256
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
}

const retries: RetryPolicy = { first: milliseconds(100), factor: 2, cap: seconds(2), jitter: 0.5 }

export class ProbeAnswers {
  private readonly deps: ProbeAnswersDeps
  private readonly store = new ObjectStore<AddressProbe>()
  private readonly reflector: Reflector<AddressProbe>
  /** As far as this node is among them. */
  private askers: ReadonlyMap<Address, readonly string[]> = new Map()
  private stopped = false

  constructor(deps: ProbeAnswersDeps) {
    this.deps = deps
    const resource = resources.addressProbes
    this.reflector = new Reflector({ ...deps, resource, project: projectProbe, store: this.store })
  }

  start(): void {
    if (this.deps.surveyors.length > 0) this.reflector.start()
  }

  async stop(): Promise<void> {
    this.stopped = true
    await this.reflector.stop()
  }

  /** Called when `candidates` may say something else. */
  onChange(listener: () => void): void {
    this.store.onChange(listener)
  }

  /** What this node is to ask about. */
  candidates({ facts, parsed: { config } }: Pick<Decided, 'facts' | 'parsed'>): Candidates {
    const { node, surveyors } = this.deps
    const open = this.open()
    if (open.length === 0) return new Map()
    const prospects = open.flatMap(prospectsIn)
    const questions = new Map(open.map(({ spec, metadata }) => [spec.address, metadata.uid ?? '']))
    const question = (address: Address): string => questions.get(address) ?? ''
    const askers = new Map<Address, readonly string[]>()
    const candidates = surveyors.map((announcer) => {
      for (const [address, nodes] of askersFor(prospects, facts, { announcer, config }))
        if (nodes.includes(node)) askers.set(address, nodes)
      const mine = prospects.filter(({ addresses }) => addresses.some((address) => askers.has(address)))
      return [announcer, candidatesFor(mine, facts, { node, announcer, config }, question)] as const
    })
    this.askers = askers
    return new Map(candidates)
  }

  /** What an announcer has found out. */
  heard(surveyed: Surveyed): void {
    const { address, question } = surveyed
    const probe = this.asking(address)
    const askers = this.askers.get(address)
    if (probe?.metadata.uid !== question || askers === undefined) return
    const { node } = this.deps
    void this.answer(probe, writtenAnswer({ node, askers, ...findingIn(surveyed) }), 0)
  }

  /** Without those that this node has answered. */
  private open(): readonly AddressProbe[] {
    const { node } = this.deps
    return [...this.store.values()].filter(
      ({ spec, answers }) => spec.quarantine === undefined && answers.every((answer) => answer.node !== node),
    )
  }

  private asking(address: Address): AddressProbe | undefined {
    return this.open().find(({ spec }) => spec.address === address)
  }

  /** A question that is gone, or another one, needs no answer any more. */
  private async answer({ metadata }: AddressProbe, answer: object, attempt: number): Promise<void> {
    const { client, node, sha256, clock, random, log } = this.deps
    const { name, uid } = metadata
    const object = { metadata: { name, ...(uid !== undefined && { uid }) }, status: { answers: [answer] } }
    // A manager of its own: of one that all share, each would take away what the others have said.
    const manager = `herald-speaker-${sha256(node).slice(0, 20)}`
    try {
      this.store.put(projectProbe(await client.apply(resources.addressProbes, object, manager, 'status')))
    } catch (error) {
      const gone = isConflict(error) || isStatus(error, 404) || this.store.get(name)?.metadata.uid !== uid
      if (gone || this.stopped) return
      if (attempt === 0) log.warn('answer not written, trying again', { probe: name, cause: String(error) })
      clock.after(retryDelay(retries, attempt, random), () => {
        if (!this.stopped) void this.answer({ metadata } as AddressProbe, answer, attempt + 1)
      })
    }
  }
}

function prospectsIn({ spec: { address, pool, services } }: AddressProbe): readonly Prospect[] {
  return pool === undefined ? [] : services.map((service) => ({ service, pool, addresses: [address] }))
}
