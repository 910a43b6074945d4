/* Writes counters and states about once a second, and only what differs from what is there. */
import { messageOf } from '#core/errors.ts'
import { seconds, type Duration } from '#core/model/duration.ts'
import type { PoolUsage, Problem } from '#core/model/decisions.ts'
import type { Quarantined } from '#core/model/facts.ts'
import { same } from '#core/model/same.ts'
import type { Clock, Logger } from '#core/ports.ts'

import type { ApiClient, RawObject } from '../api/client.ts'
import { isConflict } from '../api/errors.ts'
import { resources } from '../api/resources.ts'
import type { ClusterView } from './cluster-view.ts'
import { OnceSoon } from '../../once-soon.ts'
import { timestamp } from '../../timestamp.ts'
import { configurationStatus, countersOf, saysTheSame } from './status-objects.ts'

export interface ReporterDeps {
  readonly client: ApiClient
  readonly view: ClusterView
  readonly namespace: string
  readonly clock: Clock
  readonly log: Logger
  readonly mayWrite: () => boolean
  readonly usage: () => readonly PoolUsage[]
  readonly problems: () => readonly Problem[]
  readonly quarantine: () => readonly Quarantined[]
  /** The Pod that owns the state; undefined where it cannot be found. */
  readonly owner: () => Promise<RawObject | undefined>
}

const manager = 'herald-controller'
const every: Duration = seconds(1)

export class Reporter {
  private readonly deps: ReporterDeps
  private readonly next: OnceSoon
  private writing = false
  private lastFailure: string | undefined

  constructor(deps: ReporterDeps) {
    this.deps = deps
    this.next = new OnceSoon(deps.clock, every, () => (this.writing ? this.soon() : void this.report()))
  }

  soon(): void {
    this.next.ask()
  }

  /** Why something could not be written last time. */
  problem(): string | undefined {
    return this.lastFailure
  }

  private async report(): Promise<void> {
    if (!this.deps.mayWrite()) return
    this.writing = true
    const results = await Promise.allSettled([this.pools(), this.state()])
    this.writing = false
    const failed = results.find((result) => result.status === 'rejected')
    const failure = failed === undefined ? undefined : messageOf(failed.reason)
    if (failure !== undefined && failure !== this.lastFailure)
      this.deps.log.warn('status not written', { cause: failure })
    this.lastFailure = failure
    if (failure !== undefined) this.deps.clock.after(seconds(5), () => this.soon())
  }

  private async pools(): Promise<void> {
    const { client, view, namespace, usage } = this.deps
    const readings = view.config.get('IPAddressPool')
    for (const pool of usage()) {
      const counters = countersOf(pool)
      const reading = readings?.get(`${namespace}/${pool.pool}`)
      if (reading === undefined || same(reading.status, counters)) continue
      const object = { metadata: { namespace, name: pool.pool }, status: counters }
      const { status } = await client.apply(resources.ipAddressPools, object, manager, 'status')
      readings?.put({ ...reading, status })
    }
  }

  private async state(): Promise<void> {
    const { client, view, namespace, problems, quarantine, owner } = this.deps
    // Without its kind there is nowhere to say it.
    if (!view.states.synced) return
    const known = view.states.get(`${namespace}/controller`)
    const now = timestamp(new Date())
    const status = configurationStatus(problems(), known?.status, now, quarantine())
    if (known !== undefined && saysTheSame(known.status, status)) return
    const metadata = { namespace, name: 'controller' }
    if (known === undefined) {
      const pod = await owner()
      const labels = { 'metallb.io/component-type': 'controller' }
      const object = { metadata: { ...metadata, labels, ...ownerReferences(pod) } }
      await client.create(resources.configurationStates, object).catch(unlessThere)
    }
    const written = await client.apply(resources.configurationStates, { metadata, status }, manager, 'status')
    view.states.put({ metadata: written.metadata, status: written['status'] })
  }
}

function unlessThere(error: unknown): void {
  if (!isConflict(error)) throw error
}

function ownerReferences(pod: RawObject | undefined): object {
  if (pod === undefined) return {}
  const { name, uid } = pod.metadata
  return { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name, uid }] }
}
