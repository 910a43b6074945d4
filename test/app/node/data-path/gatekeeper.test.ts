import { beforeEach, describe, expect, it } from 'vitest'

import { Gatekeeper } from '#app/node/data-path/gatekeeper.ts'
import type { Goal, TryAll } from '#app/node/data-path/io/attempts.ts'
import type { Decided } from '#app/node/decided.ts'
import type { Attempt } from '#core/data-path/gate.ts'
import { FakeClock } from '#core/fakes/fake-clock.ts'
import { fakeLogger, FakeMetrics } from '#core/fakes/fake-host.ts'
import type { Address } from '#core/model/address.ts'
import { milliseconds } from '#core/model/duration.ts'
import type { PathState } from '#core/model/facts.ts'
import { GrantBook } from '#core/runtime/fence.ts'
import { announce } from '#core/selection/announce.ts'
import {
  ad,
  assignment,
  bgpAd,
  config,
  facts,
  node,
  peer,
  service,
} from '../../../core/selection/fixtures.ts'

const vip = '192.0.2.1'
const grant = new GrantBook({ node: 'a' }).grant(vip as Address)
const refused: Attempt = { ok: false, cause: 'ECONNREFUSED' }

let clock: FakeClock
let metrics: FakeMetrics
let tried: { readonly goal: Goal; readonly end: (attempt: Attempt) => void }[]
let held: boolean
let shut: string[][]
let changes: number
let gatekeeper: Gatekeeper

beforeEach(() => {
  clock = new FakeClock()
  metrics = new FakeMetrics()
  tried = []
  shut = []
  held = false
  changes = 0
  const tryAll: TryAll = async (goals, tell) => {
    for (const goal of goals) tried.push({ goal, end: (attempt) => tell(goal, attempt) })
  }
  const rights = {
    held: () => (held ? grant : undefined),
    setPaths: (news: ReadonlyMap<Address, PathState | undefined>) =>
      void shut.push([...news].map(([address, path]) => `${address} ${path ?? 'is open'}`)),
  }
  gatekeeper = new Gatekeeper({
    node: 'a',
    rights,
    tryAll,
    clock,
    metrics,
    log: fakeLogger([]),
  })
  gatekeeper.onChange(() => changes++)
})

/** What node a is to announce: these Services, by name with their ports, all at one address. */
function decided(
  services: Readonly<Record<string, number>>,
  gated = true,
  advertisement = ad('lan', gated ? { gated } : {}),
): Decided {
  const objects = Object.entries(services).map(([name, port]) => {
    const object = service(name, {
      annotations: { 'metallb.io/allow-shared-ip': 'key' },
    })
    return { ...object, spec: { ...object.spec, ports: [{ port }] } }
  })
  const known = facts({ nodes: [node('a')], services: objects })
  const checked = config([advertisement], [peer('tor')])
  const assignments = Object.keys(services).map((name) => assignment(name, vip))
  const halves = announce(known, checked, assignments)
  const decisions = { ...halves, assignments, assumptions: [], owners: halves.elections, pools: [] }
  return { facts: known, parsed: { config: checked, problems: [], assumptions: [] }, decisions }
}

function announced(what: Decided): string[] {
  return gatekeeper.applyTo(what).decisions.announcements.map(({ service }) => service)
}

async function fail(times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    tried.at(-1)?.end(refused)
    await clock.advance(milliseconds(200))
  }
}

describe('a gatekeeper', () => {
  it('has nothing to do with what no advertisement asks it for', () => {
    const all = decided({ web: 80 }, false)
    expect(gatekeeper.applyTo(all)).toBe(all)
    expect(tried).toEqual([])
    expect(shut).toEqual([])
    expect(clock.pending()).toBe(0)
    expect(changes).toBe(0)
  })

  it('holds an announcement back, with the reason, until a connection succeeds', async () => {
    const held = gatekeeper.applyTo(decided({ web: 80 })).decisions
    expect(held.announcements).toEqual([])
    expect(held.silences).toMatchObject([
      {
        service: 'default/web',
        node: 'a',
        announcer: 'l2',
        reason: 'DataPathUntested',
      },
    ])
    expect(tried.map(({ goal }) => goal)).toEqual([{ address: vip, port: 80 }])
    await fail(1)
    expect(gatekeeper.applyTo(decided({ web: 80 })).decisions.silences[0]?.message).toMatch(
      'port 80: ECONNREFUSED',
    )
    tried.at(-1)?.end({ ok: true })
    await clock.advance(milliseconds(50))
    expect(changes).toBeGreaterThan(0)
    expect(announced(decided({ web: 80 }))).toEqual(['default/web'])
  })

  it('tells the others after three failures in a row, and again when it works', async () => {
    announced(decided({ web: 80 }))
    tried[0]?.end({ ok: true })
    await clock.advance(milliseconds(1000))
    await fail(2)
    expect(shut).toEqual([])
    await fail(1)
    expect(shut).toEqual([[`${vip} shut`]])
    // Should it be elected all the same, no node does better.
    expect(announced(decided({ web: 80 }))).toEqual(['default/web'])
    for (let i = 0; i < 3; i++) {
      expect(shut).toEqual([[`${vip} shut`]])
      await clock.advance(milliseconds(1000))
      tried.at(-1)?.end({ ok: true })
    }
    expect(shut).toEqual([[`${vip} shut`], [`${vip} is open`]])
  })

  it('stays silent where the gate never was open, though it is elected', async () => {
    announced(decided({ web: 80 }))
    await fail(3)
    expect(shut).toEqual([[`${vip} never-open`]])
    expect(announced(decided({ web: 80 }))).toEqual([])
  })

  it('interrupts nothing that is announced when the gate is asked for', async () => {
    expect(announced(decided({ web: 80 }, false))).toEqual(['default/web'])
    expect(announced(decided({ web: 80 }))).toEqual(['default/web'])
    await fail(3)
    expect(shut).toEqual([[`${vip} shut`]])
  })

  it('does not interrupt what it still answers for, after the node that was asked to take over did not', async () => {
    held = true
    expect(announced(decided({ web: 80 }))).toEqual(['default/web'])
    await fail(3)
    expect(shut).toEqual([[`${vip} shut`]])
  })

  it('goes on trying what another node was elected to and has not taken over, and says when that is shut', async () => {
    gatekeeper.applyTo(decided({ web: 80 }))
    tried.at(-1)?.end({ ok: true })
    held = true
    const { decisions, ...rest } = decided({ web: 80 })
    gatekeeper.applyTo({ ...rest, decisions: { ...decisions, announcements: [] } })
    await clock.advance(milliseconds(1000))
    await fail(3)
    expect(shut.at(-1)).toEqual([`${vip} shut`])
  })

  it('says that it has yet to try where all nodes announce, for others would leave it to this one', async () => {
    const route = decided({ web: 80 }, true, bgpAd('fabric', { gated: true }))
    expect(announced(route)).toEqual([])
    expect(shut).toEqual([[`${vip} untried`]])
    await fail(3)
    expect(shut.at(-1)).toEqual([`${vip} never-open`])
    await clock.advance(milliseconds(1000))
    tried.at(-1)?.end({ ok: true })
    expect(shut.at(-1)).toEqual([`${vip} is open`])
    expect(announced(route)).toEqual(['default/web'])
  })

  it('opens a shared address when every Service on it is reached', async () => {
    const both = decided({ web: 80, tls: 443 })
    expect(announced(both)).toEqual([])
    expect(tried.map(({ goal }) => goal.port).sort((a, b) => a - b)).toEqual([80, 443])
    tried[0]?.end({ ok: true })
    await clock.advance(milliseconds(50))
    expect(announced(both)).toEqual([])
    tried[1]?.end({ ok: true })
    await clock.advance(milliseconds(50))
    expect(announced(both)).toEqual(['default/tls', 'default/web'])
  })

  it('begins anew when the address goes to another Service, whatever an attempt on the former one says', async () => {
    announced(decided({ web: 80 }))
    tried[0]?.end({ ok: true })
    expect(announced(decided({ web: 80 }))).toEqual(['default/web'])
    await clock.advance(milliseconds(1000))
    expect(announced(decided({ api: 8080 }))).toEqual([])
    expect(tried.map(({ goal }) => goal.port)).toEqual([80, 80, 8080])
    tried[1]?.end({ ok: true })
    expect(announced(decided({ api: 8080 }))).toEqual([])
    tried[2]?.end({ ok: true })
    expect(announced(decided({ api: 8080 }))).toEqual(['default/api'])
  })

  it('goes on for a Service that shared the address with one that is gone', () => {
    announced(decided({ web: 80, api: 8080 }))
    for (const one of tried) one.end({ ok: true })
    expect(announced(decided({ api: 8080 }))).toEqual(['default/api'])
    expect(tried).toHaveLength(2)
  })

  it('counts as to come what has yet to be tried, and no longer what failed three times', async () => {
    const untried = () => gatekeeper.applyTo(decided({ web: 80 })).untried?.map(({ service }) => service)
    expect(untried()).toEqual(['default/web'])
    await fail(2)
    expect(untried()).toEqual(['default/web'])
    await fail(1)
    expect(untried()).toEqual([])
    await clock.advance(milliseconds(1000))
    tried.at(-1)?.end({ ok: true })
    expect(untried()).toBeUndefined()
  })

  it('takes back its word on an address that nobody asks for any more', async () => {
    announced(decided({ web: 80 }))
    await fail(3)
    announced(decided({ web: 80 }, false))
    expect(shut).toEqual([[`${vip} never-open`], [`${vip} is open`]])
    expect(clock.pending()).toBe(0)
  })
})
