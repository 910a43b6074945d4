/* What is asked before an address is handed out, and what becomes of one that is taken. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { eventually } from '../eventually.ts'
import { advertisement, pool, service, World, type Process } from './world.ts'

import { definePlugin, type DesiredState, type LoadedPlugin } from '#core/announcer.ts'
import { milliseconds, seconds } from '#core/model/duration.ts'

const first = '192.0.2.0'
const second = '192.0.2.1'
const answeredBy = { hardwareAddress: '02:00:00:00:00:99', via: 'eth0' }

/** What the segment would say: who answers, and whether it can be asked. */
class Segment {
  readonly taken = new Set<string>()
  readonly asked: string[] = []
  unasked: string | undefined
  /** When it has said so. */
  answers: Promise<void> = Promise.resolve()

  /** An announcer that surveys it. */
  readonly wrap = (plugin: LoadedPlugin): LoadedPlugin =>
    definePlugin({
      ...plugin,
      surveys: true,
      create: (config, host) => {
        const inner = plugin.create(config, host)
        let known = new Set<string>()
        const survey = ({ candidates = [] }: DesiredState): void => {
          for (const { address, question } of candidates.filter((one) => !known.has(one.question))) {
            this.asked.push(address)
            const found = this.taken.has(address) ? { answeredBy } : {}
            const unasked = this.unasked === undefined ? {} : { unasked: this.unasked }
            void this.answers.then(() =>
              host.report({ kind: 'candidate', address, question, ...found, ...unasked }),
            )
          }
          known = new Set(candidates.map(({ question }) => question))
        }
        return {
          open: (signal) => inner.open(signal),
          reconcile(desired, signal) {
            survey(desired)
            return inner.reconcile(desired, signal)
          },
          close: () => inner.close(),
        }
      },
    })
}

let world: World
let segment: Segment
beforeEach(async () => {
  world = await World.make()
  segment = new Segment()
  await world.put('pools.json', pool('lan', '192.0.2.0/29'), advertisement())
  await world.put('web.json', service('web'))
})
afterEach(() => world.dispose())

const probing = { quarantine: seconds(600) }
const start = (options = { probing }): Promise<Process> => world.start('node-a', options, segment.wrap)
const assigned = (process: Process, name = 'web') =>
  process.view().services.find((one) => one.service === `default/${name}`)
const has = (process: Process, address: string, name = 'web') =>
  eventually(() => expect(assigned(process, name)?.addresses).toEqual([address]))
const exactly = (name: string, address: string) =>
  service(name, {
    metadata: { name, namespace: 'default', annotations: { 'metallb.io/loadBalancerIPs': address } },
  })

describe('an address that is about to be handed out', () => {
  it('is asked about before anything is written down, and handed out when nobody answers', async () => {
    let answer = (): void => {}
    segment.answers = new Promise((resolve) => void (answer = resolve))
    const a = await start()
    await eventually(() => expect(segment.asked).toEqual([first]))
    const message = `${first}: the segment is asked whether somebody has it`
    await eventually(() =>
      expect(assigned(a)).toMatchObject({ addresses: [], reason: 'AwaitingProbe', message }),
    )
    expect([...a.network.heard()]).toEqual([])
    answer()
    await has(a, first)
    await eventually(() => expect([...a.network.heard()]).toEqual([first]))
    expect(segment.asked).toEqual([first])
    expect(a.metrics.value('herald_candidates_total', { found: 'free' })).toBe(1)
    expect(a.view().quarantine).toBeUndefined()
  })

  it('is not asked about without the option', async () => {
    const a = await world.start('node-a', {}, segment.wrap)
    await has(a, first)
    expect(segment.asked).toEqual([])
  })

  it('goes into quarantine when somebody answers, and the Service gets another', async () => {
    segment.taken.add(first)
    const a = await start()
    await has(a, second)
    await eventually(() => expect([...a.network.heard()]).toEqual([second]))
    expect(segment.asked).toEqual([first, second])
    await eventually(() =>
      expect(a.view().quarantine).toEqual([
        { address: first, ...answeredBy, node: 'node-a', until: expect.stringMatching(/Z$/) as string },
      ]),
    )
    expect(a.metrics.value('herald_quarantined_addresses', { pool: 'lan' })).toBe(1)
    expect(a.metrics.value('herald_candidates_total', { found: 'taken' })).toBe(1)
    const line = 'somebody else answers for an address that was to be handed out'
    expect(a.lines.filter(({ message }) => message === line)).toMatchObject([
      { level: 'error', fields: { address: first, ...answeredBy } },
    ])
  })

  it('leaves a Service that asked for exactly it without one, and says who has it', async () => {
    segment.taken.add(second)
    await world.put('web.json', exactly('web', second))
    const a = await start()
    await eventually(() => expect(assigned(a)?.reason).toBe('AddressQuarantined'))
    expect(assigned(a)?.message).toMatch(
      /^"192\.0\.2\.1" is in quarantine until \S+Z: 02:00:00:00:00:99 answers for it on eth0 of node-a$/,
    )
  })

  it('is asked about again when its quarantine ends, and handed out when the stranger has left', async () => {
    segment.taken.add(second)
    await world.put('web.json', exactly('web', second))
    const a = await start({ probing: { quarantine: milliseconds(300) } })
    await eventually(() => expect(segment.asked.length).toBeGreaterThan(1))
    segment.taken.clear()
    await has(a, second)
    expect(a.view().quarantine).toBeUndefined()
  })

  it('is handed out where nobody can ask, which the log says', async () => {
    segment.unasked = 'no interface can carry IPv4 here'
    const a = await start()
    await has(a, first)
    expect(a.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: 'handed out without asking who answers' }),
    )
  })

  it('is handed out unasked where no advertisement of the announcer covers its pool', async () => {
    await world.put('pools.json', pool('lan', '192.0.2.0/29'))
    const a = await start()
    await has(a, first)
    expect(segment.asked).toEqual([])
  })
})

describe('an address that was handed out', () => {
  it('stays, whoever answers for it after a restart', async () => {
    const before = await start()
    await has(before, first)
    await before.app.stop()
    segment.taken.add(first)
    const after = await start()
    await has(after, first)
    expect(segment.asked).toEqual([first])
  })

  it('is not asked about when it changes hands, nor when the Service lists it already', async () => {
    await world.put(
      'old.json',
      service('old', { status: { loadBalancer: { ingress: [{ ip: '192.0.2.5' }] } } }),
    )
    const a = await start()
    await has(a, '192.0.2.5', 'old')
    await has(a, first)
    expect(segment.asked).toEqual([first])
  })
})

describe('a quarantine', () => {
  it('outlasts the process that found it', async () => {
    segment.taken.add(first)
    const before = await start()
    await has(before, second)
    await before.app.stop()
    const text = await readFile(join(world.folder, '.herald/quarantine.json'), 'utf8')
    expect(JSON.parse(text)).toMatchObject({ format: 1, addresses: [{ address: first }] })
    segment.taken.clear()
    await world.put('db.json', service('db'))
    const after = await start()
    await has(after, '192.0.2.2', 'db')
    expect(segment.asked).toEqual([first, second, '192.0.2.2'])
    expect(after.view().quarantine).toMatchObject([{ address: first }])
  })
})
