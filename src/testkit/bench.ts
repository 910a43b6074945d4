/* One subject on the bench: its host, its announcer, and the questions the properties ask. */
import assert from 'node:assert/strict'

import type { Announcer, AnnouncerStatus, DesiredState, Stage, Target } from '../core/announcer.ts'
import { fakeHost, type FakeHost } from '../core/fakes/fake-host.ts'
import { compareAddresses, type Address } from '../core/model/address.ts'
import { realClock } from './real-clock.ts'
import type { Subject } from './subject.ts'

const never = new AbortController().signal

export class Bench {
  readonly subject: Subject
  readonly host: FakeHost
  private announcer: Announcer | undefined
  private generation = 0

  constructor(subject: Subject) {
    this.subject = subject
    this.host = fakeHost({ clock: subject.clock ?? realClock })
    for (const [name, secret] of Object.entries(subject.secrets ?? {})) this.host.secrets.set(name, secret)
  }

  /** A fresh instance, not opened. */
  async create(): Promise<Announcer> {
    const { plugin, config } = this.subject
    this.announcer = plugin.create(await plugin.parseConfig(config), this.host)
    return this.announcer
  }

  async open(): Promise<Announcer> {
    const announcer = await this.create()
    await announcer.open(never)
    return announcer
  }

  async close(): Promise<void> {
    await this.announcer?.close()
    this.announcer = undefined
  }

  /** The next desired state: these addresses, with grants where the placement calls for them. */
  desired(addresses: Iterable<Address>, stage: Stage = 'serve'): DesiredState {
    const { plugin, offers, resources } = this.subject
    const wanted = [...addresses].sort(compareAddresses)
    const targets = wanted.map((address): Target => {
      const grant = plugin.placement === 'one-node' ? this.host.grants.grant(address) : undefined
      return {
        address,
        services: [
          {
            name: `test/${address.replaceAll(/[.:]/g, '-')}`,
            labels: {},
            localEndpoints: 1,
            totalEndpoints: 1,
          },
        ],
        offers: offers ?? [{ advertisement: 'Advertisement test/kit', options: {} }],
        stage,
        ...(grant ? { grant } : {}),
      }
    })
    const empty = Object.fromEntries(plugin.resources.map((kind) => [kind, []]))
    return { generation: ++this.generation, targets, resources: { ...empty, ...resources } }
  }

  /** Grants of addresses that leave stay open: what falls silent here, the plugin has silenced itself. */
  async reconcile(addresses: Iterable<Address>, stage: Stage = 'serve'): Promise<AnnouncerStatus> {
    return this.reconcileState(this.desired(new Set(addresses), stage))
  }

  async reconcileState(desired: DesiredState, signal: AbortSignal = never): Promise<AnnouncerStatus> {
    assert.ok(this.announcer, 'the kit opened no announcer')
    return this.announcer.reconcile(desired, signal)
  }

  /** Waits until an outsider sees exactly these addresses. */
  async sees(expected: Iterable<Address>): Promise<void> {
    const wanted = [...expected].sort(compareAddresses)
    const seen = await this.until(
      async () => [...(await this.subject.observe())].sort(compareAddresses),
      (addresses) => addresses.join() === wanted.join(),
    )
    assert.deepEqual(seen, wanted, 'an outsider sees something else announced')
  }

  /** Asks again and again until the answer is good or patience ends; returns the last answer. */
  async until<T>(ask: () => Promise<T> | T, good: (answer: T) => boolean): Promise<T> {
    const moments = this.subject.patience ?? 1000
    for (let moment = 0; ; moment++) {
      const answer = await ask()
      if (good(answer) || moment === moments) return answer
      await this.moment()
    }
  }

  async moment(): Promise<void> {
    if (this.subject.pass) await this.subject.pass()
    else await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
