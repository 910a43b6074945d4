/* The parts that every process has that announces, wherever its facts come from. */
import {
  instancePerContainerCachingFactory as once,
  type DependencyContainer,
  type FactoryFunction,
  type InjectionToken,
} from 'tsyringe'

import type { BootId } from '#core/membership/boot.ts'
import type { AnnouncerInfo, Settings } from '#core/model/facts.ts'
import { GrantBook } from '#core/runtime/fence.ts'
import { createMetrics } from '#metrics/registry.ts'

import { createLogger } from './log.ts'
import { Heartbeats } from './membership/heartbeats.ts'
import { watchKeys } from './membership/key-watch.ts'
import { loopHost } from './membership/loop-host.ts'
import type { Keys } from './membership/protocol.ts'
import { Gatekeeper } from './node/data-path/gatekeeper.ts'
import { attemptTimeout, tryThroughProxy } from './node/data-path/io/attempts.ts'
import { Fleet, type FleetDeps } from './node/fleet.ts'
import { Holders } from './node/holders.ts'
import { Rights } from './node/rights.ts'
import type { StandaloneOptions } from './standalone/options.ts'
import { systemClock, systemRandom } from './system.ts'
import * as T from './tokens.ts'

export function registerPorts(
  c: DependencyContainer,
  { node, logLevels: levels }: Pick<StandaloneOptions, 'node' | 'logLevels'>,
): void {
  const { stderr } = process
  const write = (text: string): void => void stderr.write(text)
  c.register(T.CLOCK, { useValue: systemClock })
  c.register(T.RANDOM, { useValue: systemRandom })
  provide(c, T.METRICS, () => createMetrics())
  provide(c, T.LOGGER, () => createLogger({ levels, human: stderr.isTTY, write }).child({ node }))
}

/** With an election that asks who holds what. */
export function registerHolders(
  c: DependencyContainer,
  election: Settings['election'],
  announcers: readonly AnnouncerInfo[],
): void {
  provide(c, T.HOLDERS, (c) =>
    election === 'stable' ? new Holders(c.resolve(T.LIVENESS), announcers) : undefined,
  )
}

interface LivenessParts {
  readonly node: string
  readonly boot: BootId
  readonly keys: Keys
  readonly keyFile: string
  readonly heartbeats: Pick<StandaloneOptions['heartbeats'], 'port' | 'timing' | 'policy'>
}

export function registerLiveness(
  c: DependencyContainer,
  { node, boot, keys, keyFile, heartbeats }: LivenessParts,
): void {
  provide(c, T.LIVENESS, (c) => {
    return new Heartbeats({
      self: node,
      boot,
      keys,
      followKeys: (use) => watchKeys(keyFile, c.resolve(T.LOGGER), use),
      port: heartbeats.port,
      timing: heartbeats.timing,
      policy: heartbeats.policy,
      fence: c.resolve(T.GRANTS).fence.memory,
      host: loopHost,
      clock: c.resolve(T.CLOCK),
      log: c.resolve(T.LOGGER).child({ module: 'heartbeats' }),
      metrics: c.resolve(T.METRICS).scope,
    })
  })
}

/** `secretOf`: made with the fleet, out of parts of its own process. */
export function registerAnnouncers(
  c: DependencyContainer,
  { node, moveBudget, plugins }: Pick<FleetDeps, 'node' | 'moveBudget' | 'plugins'>,
  secretOf: (c: DependencyContainer) => FleetDeps['secret'],
  surveyed: (c: DependencyContainer) => Pick<FleetDeps, 'surveyed'> = () => ({}),
): void {
  provide(c, T.GRANTS, () => new GrantBook({ node }))
  provide(c, T.RIGHTS, (c) => {
    const [grants, liveness, clock] = [c.resolve(T.GRANTS), c.resolve(T.LIVENESS), c.resolve(T.CLOCK)]
    return new Rights({ grants, liveness, clock })
  })
  provide(c, T.GATEKEEPER, (c) => {
    const [rights, clock] = [c.resolve(T.RIGHTS), c.resolve(T.CLOCK)]
    const log = c.resolve(T.LOGGER).child({ module: 'data-path' })
    const { scope: metrics } = c.resolve(T.METRICS)
    return new Gatekeeper({ node, rights, tryAll: tryThroughProxy(attemptTimeout), clock, log, metrics })
  })
  provide(c, T.FLEET, (c) => {
    return new Fleet({
      node,
      plugins,
      rights: c.resolve(T.RIGHTS),
      moveBudget,
      clock: c.resolve(T.CLOCK),
      random: c.resolve(T.RANDOM),
      log: c.resolve(T.LOGGER),
      metrics: c.resolve(T.METRICS).scope,
      secret: secretOf(c),
      ...surveyed(c),
    })
  })
}

/** One instance per composition: a bare factory would run anew at every resolve. */
export function provide<Part>(
  c: DependencyContainer,
  token: InjectionToken<Part>,
  make: FactoryFunction<Part>,
): void {
  c.register(token, { useFactory: once(make) })
}
