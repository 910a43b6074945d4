/* The memory plugin with one fault at a time, and the sentences of the kit that must find it. */
import {
  definePlugin,
  type Announcer,
  type AnnouncerHost,
  type AnnouncerStatus,
  type DesiredState,
  type LoadedPlugin,
  type Target,
} from '#core/announcer.ts'
import { FakeClock, settle } from '#core/fakes/fake-clock.ts'
import { parseAddress, type Address } from '#core/model/address.ts'
import { milliseconds, seconds } from '#core/model/duration.ts'
import { memoryPlugin, MemoryNetwork, type Subject } from '#testkit/index.ts'

interface World {
  readonly network: MemoryNetwork
  readonly host: AnnouncerHost
}

export interface Fault {
  readonly name: string
  /** Exactly the sentences that fail. */
  readonly finds: readonly string[]
  readonly parseConfig?: (input: unknown) => unknown
  readonly wrap?: (honest: Announcer, world: World) => Partial<Announcer>
  readonly subject?: (world: { network: MemoryNetwork }) => Partial<Subject>
}

export const address = (text: string): Address => {
  const parsed = parseAddress(text)
  if (!parsed) throw new Error(text)
  return parsed
}

const stranger = address('203.0.113.99')
const password = 'correct horse battery staple'

/** A reconcile that spoils what it is told, or what it answers. */
function spoiling(
  honest: Announcer,
  spoil: {
    told?: (desired: DesiredState) => DesiredState
    said?: (status: AnnouncerStatus, desired: DesiredState) => AnnouncerStatus
  },
): Partial<Announcer> {
  return {
    async reconcile(desired, signal) {
      const status = await honest.reconcile(spoil.told?.(desired) ?? desired, signal)
      return spoil.said?.(status, desired) ?? status
    },
  }
}

/** An address that left is announced for ever. */
function neverWithdraws(honest: Announcer): Partial<Announcer> {
  const ever = new Map<Address, Target>()
  return spoiling(honest, {
    told(desired) {
      for (const target of desired.targets) ever.set(target.address, target)
      return { ...desired, targets: [...ever.values()] }
    },
    said: (status, desired) => ({
      ...status,
      targets: status.targets.filter((entry) =>
        desired.targets.some((target) => target.address === entry.address),
      ),
    }),
  })
}

/** Told the same set twice, it takes the second time for a mistake. */
function repeatsAsWithdrawal(honest: Announcer): Partial<Announcer> {
  let before = ''
  return {
    async reconcile(desired, signal) {
      const now = desired.targets.map((target) => `${target.stage} ${target.address}`).join()
      const again = now === before
      before = now
      if (!again) return honest.reconcile(desired, signal)
      await honest.reconcile({ ...desired, targets: [] }, signal)
      return {
        generation: desired.generation,
        targets: desired.targets.map((t) => ({ address: t.address, phase: 'serving' as const })),
      }
    },
  }
}

/** The seventh reconcile and all later ones are forgotten. */
function tires(honest: Announcer): Partial<Announcer> {
  let calls = 0
  return {
    reconcile(desired, signal) {
      if (++calls < 6) return honest.reconcile(desired, signal)
      const targets = desired.targets.map((t) => ({ address: t.address, phase: 'serving' as const }))
      return Promise.resolve({ generation: desired.generation, targets })
    },
  }
}

function hangsOnAbort(honest: Announcer): Partial<Announcer> {
  return {
    async reconcile(desired, signal) {
      const status = await honest.reconcile(desired, signal)
      await settle()
      return signal.aborted ? new Promise(() => {}) : status
    },
  }
}

export const faults: readonly Fault[] = [
  {
    name: 'accepts any configuration',
    finds: ['refuses an invalid configuration before anything exists'],
    parseConfig: () => ({}),
  },
  {
    name: 'invents part of its configuration',
    finds: ['parses one configuration twice to the same result'],
    parseConfig(input) {
      if (JSON.stringify(input) !== '{}') throw new Error('not empty')
      return { id: Symbol('fresh') }
    },
  },
  {
    name: 'speaks before it is told to',
    finds: ['announces nothing before it is told to'],
    wrap: (honest, { network }) => ({
      async open(signal) {
        await honest.open(signal)
        network.announce(stranger, () => true)
      },
      async reconcile(desired, signal) {
        network.withdraw(stranger)
        return honest.reconcile(desired, signal)
      },
    }),
  },
  {
    name: 'announces IPv4 only',
    finds: [
      'announces the whole set',
      'withdraws what is gone and leaves the rest alone',
      'withdraws everything on the empty state',
      'changes nothing when told the same again',
      'reaches the same world by any path: only the last state counts',
      'has exactly one status entry for each target',
      'says serving once the network has been told',
      'keeps an armed target silent, and serves it when told to',
      'falls silent when the fence closes, without another reconcile',
      'reports an outage of the far side instead of rejecting, and recovers with no new desired state',
      'leaves no timer on the clock after close',
      'names its metrics under metallb_ or herald_, and keeps no series for addresses that are gone for good',
    ],
    wrap: (honest) =>
      spoiling(honest, {
        told: (desired) => ({
          ...desired,
          targets: desired.targets.filter((target) => target.address.includes('.')),
        }),
      }),
  },
  {
    name: 'never withdraws',
    finds: [
      'withdraws what is gone and leaves the rest alone',
      'withdraws everything on the empty state',
      'reaches the same world by any path: only the last state counts',
      'settles after its signal aborts, and converges on the next call',
      'names its metrics under metallb_ or herald_, and keeps no series for addresses that are gone for good',
    ],
    wrap: (honest) => neverWithdraws(honest),
  },
  {
    name: 'takes a repetition for a withdrawal',
    finds: [
      'changes nothing when told the same again',
      'reports an outage of the far side instead of rejecting, and recovers with no new desired state',
    ],
    wrap: (honest) => repeatsAsWithdrawal(honest),
  },
  {
    name: 'stops listening after a while',
    finds: [
      'reaches the same world by any path: only the last state counts',
      'names its metrics under metallb_ or herald_, and keeps no series for addresses that are gone for good',
    ],
    wrap: (honest) => tires(honest),
  },
  {
    name: 'answers another generation',
    finds: ['answers the generation it was given'],
    wrap: (honest) => spoiling(honest, { said: (status) => ({ ...status, generation: 0 }) }),
  },
  {
    name: 'repeats itself in its status',
    finds: ['has exactly one status entry for each target'],
    wrap: (honest) =>
      spoiling(honest, {
        said: (status) => ({ ...status, targets: [...status.targets, ...status.targets] }),
      }),
  },
  {
    name: 'never says that it serves',
    finds: ['says serving once the network has been told'],
    wrap: (honest) =>
      spoiling(honest, {
        said: (status) => ({
          ...status,
          targets: status.targets.map(({ address }) => ({
            address,
            phase: 'pending' as const,
            reason: 'Modesty',
          })),
        }),
      }),
  },
  {
    name: 'knows no stages',
    finds: ['keeps an armed target silent, and serves it when told to'],
    wrap: (honest) =>
      spoiling(honest, {
        told: (desired) => ({
          ...desired,
          targets: desired.targets.map((target) => ({ ...target, stage: 'serve' as const })),
        }),
      }),
  },
  {
    name: 'does not ask the fence',
    finds: ['falls silent when the fence closes, without another reconcile'],
    wrap: (honest) =>
      spoiling(honest, {
        told: (desired) => ({
          ...desired,
          targets: desired.targets.map(({ address, services, offers, stage }) => ({
            address,
            services,
            offers,
            stage,
          })),
        }),
      }),
  },
  {
    name: 'rejects everything for one impossible address',
    finds: ['goes on with the others when one address is impossible, and says why'],
    subject: () => ({ impossible: stranger }),
    wrap: (honest) => ({
      async reconcile(desired, signal) {
        if (desired.targets.some((target) => target.address === stranger))
          throw new Error(`cannot announce ${stranger}`)
        return honest.reconcile(desired, signal)
      },
    }),
  },
  {
    name: 'goes on for ever after an abort',
    finds: ['settles after its signal aborts, and converges on the next call'],
    subject: () => ({ grace: milliseconds(20) }),
    wrap: (honest) => hangsOnAbort(honest),
  },
  {
    name: 'rejects during an outage',
    finds: ['reports an outage of the far side instead of rejecting, and recovers with no new desired state'],
    wrap: (honest, { network }) => ({
      async reconcile(desired, signal) {
        if (!network.up) throw new Error('unreachable')
        return honest.reconcile(desired, signal)
      },
    }),
  },
  {
    name: 'keeps what an earlier life announced',
    finds: [
      'clears or adopts what an earlier run left behind',
      'reports an outage of the far side instead of rejecting, and recovers with no new desired state',
    ],
    wrap: () => ({ open: async () => {} }),
  },
  {
    name: 'cannot be closed twice',
    finds: ['can be closed twice, and after an open that was aborted'],
    wrap(honest) {
      let closed = false
      return {
        async close() {
          if (closed) throw new Error('already closed')
          closed = true
          await honest.close()
        },
      }
    },
  },
  {
    name: 'leaves a timer behind',
    finds: ['leaves no timer on the clock after close'],
    wrap: (honest, { host }) => ({
      async open(signal) {
        await honest.open(signal)
        host.clock.after(seconds(30), () => {})
      },
    }),
  },
  {
    name: 'makes a metric series for every generation',
    finds: [
      'names its metrics under metallb_ or herald_, and keeps no series for addresses that are gone for good',
    ],
    wrap: (honest, { host }) => {
      const rounds = host.metrics.gauge({
        name: 'herald_memory_round',
        help: 'Rounds.',
        labels: ['generation'],
      })
      return spoiling(honest, {
        told(desired) {
          rounds.set({ generation: String(desired.generation) }, 1)
          return desired
        },
      })
    },
  },
  {
    name: 'logs a password',
    finds: ['never lets a secret reach a log line or an observation'],
    subject: () => ({ secrets: { peer: { password: new TextEncoder().encode(password) } } }),
    wrap: (honest, { host }) => ({
      async open(signal) {
        await honest.open(signal)
        const secret = await host.secret({ name: 'peer' })
        host.log.info('connecting', { password: new TextDecoder().decode(secret['password']) })
      },
    }),
  },
]

/** The memory plugin in a world of its own, with every ability it has declared. */
export function memorySubject(fault?: Fault): Subject {
  const network = new MemoryNetwork()
  return {
    plugin: spoil(memoryPlugin(network), network, fault),
    config: {},
    invalidConfig: { colour: 'blue' },
    addresses: [address('192.0.2.1'), address('192.0.2.2'), address('2001:db8::1')],
    observe: async () => network.heard(),
    outage: {
      begin: async () => void (network.up = false),
      end: async () => void (network.up = true),
    },
    leftovers: { plant: async (left) => network.announce(left, () => true) },
    clock: new FakeClock(),
    pass: settle,
    patience: 5,
    dispose: async () => {},
    ...fault?.subject?.({ network }),
  }
}

function spoil(honest: LoadedPlugin, network: MemoryNetwork, fault?: Fault): LoadedPlugin {
  return definePlugin<unknown>({
    ...honest,
    parseConfig: fault?.parseConfig ?? ((input) => honest.parseConfig(input)),
    create(config, host) {
      const announcer = honest.create(config, host)
      const overrides = fault?.wrap?.(announcer, { network, host }) ?? {}
      return {
        open: overrides.open ?? ((signal) => announcer.open(signal)),
        reconcile: overrides.reconcile ?? ((desired, signal) => announcer.reconcile(desired, signal)),
        close: overrides.close ?? (() => announcer.close()),
      }
    },
  })
}
