/* The graph of standalone mode's parts. The only files that know the container are this one and compose-*.ts. */
import 'reflect-metadata'

import { createHmac, randomBytes } from 'node:crypto'

import { container, type DependencyContainer } from 'tsyringe'

import { bootFrom, type BootId } from '#core/membership/boot.ts'
import { metric } from '#metrics/catalogue.ts'
import { MetricsServer, type Readiness } from '#metrics/server.ts'

import { infoOf } from './announcer-infos.ts'
import {
  provide,
  registerAnnouncers,
  registerHolders,
  registerLiveness,
  registerPorts,
} from './compose-node.ts'
import { certificateOf } from './metrics-access.ts'
import type { ConfiguredPlugin } from './load-plugins.ts'
import type { Keys } from './membership/protocol.ts'
import { StandaloneApp } from './standalone/app.ts'
import { askingFor } from './standalone/asking.ts'
import { Decider } from './standalone/decider.ts'
import { Engine } from './standalone/engine.ts'
import type { FleetDeps } from './node/fleet.ts'
import { FolderReader } from './standalone/folder/folder-reader.ts'
import { Gauges } from './node/gauges.ts'
import { isLost } from './node/nodes.ts'
import { keyFileOf, type StandaloneOptions } from './standalone/options.ts'
import { Publisher } from './standalone/publisher.ts'
import { secretFrom } from './node/secrets.ts'
import { ShutPaths } from './node/shut-paths.ts'
import { StandaloneStatus } from './standalone/status-source.ts'
import { TermFolder } from './standalone/term/term-folder.ts'
import { defaultPatience, defaultPollEvery, TermKeeper } from './standalone/term/term-keeper.ts'
import { WishWatch } from './standalone/wishes.ts'
import { ViewFile } from './node/view/view-file.ts'
import { ViewShelf } from './node/view/view-shelf.ts'
import { StatusServer } from './status-page/status-server.ts'
import { sha256 } from './system.ts'
import * as T from './tokens.ts'
import { version } from './version.ts'

export interface StandaloneParts {
  readonly options: StandaloneOptions
  readonly plugins: readonly ConfiguredPlugin[]
  readonly heartbeatKeys: Keys
}

/** Nothing is opened: that is for `start`. `override` replaces parts; the last registration wins. */
export function composeStandalone(
  parts: StandaloneParts,
  override: (container: DependencyContainer) => void = () => {},
): StandaloneApp {
  const c = container.createChildContainer()
  const boot = bootFrom(randomBytes(8))
  registerPorts(c, parts.options)
  registerState(c, parts, boot)
  const { node, settings, moveBudget } = parts.options
  provide(c, T.ASKING, (c) => {
    const log = c.resolve(T.LOGGER).child({ module: 'allocator' })
    const ports = { clock: c.resolve(T.CLOCK), metrics: c.resolve(T.METRICS).scope, log }
    return askingFor(parts.options, { plugins: parts.plugins, unique: boot, ...ports })
  })
  registerAnnouncers(
    c,
    { node, moveBudget, plugins: parts.plugins },
    (c) => standaloneSecrets(c, settings.namespace),
    (c) => ({ surveyed: (found) => c.resolve(T.ASKING)?.probation.heard(found) }),
  )
  registerDecisions(c, parts, boot)
  registerProgram(c, parts.options)
  override(c)
  return c.resolve(T.STANDALONE)
}

function registerState(
  c: DependencyContainer,
  { options, heartbeatKeys }: StandaloneParts,
  boot: BootId,
): void {
  const { folder, stateFolder, node, settings, follow, heartbeats } = options
  provide(c, T.READER, (c) => {
    const { namespace } = settings
    return new FolderReader({
      folder,
      stateFolder,
      namespace,
      clock: c.resolve(T.CLOCK),
      log: c.resolve(T.LOGGER).child({ module: 'folder' }),
    })
  })
  provide(c, T.KEEPER, (c) => {
    const reader = c.resolve(T.READER)
    const liveness = c.resolve(T.LIVENESS)
    return new TermKeeper({
      folder: new TermFolder(stateFolder, boot),
      rules: { self: { node, boot }, mayAllocate: !follow, patience: defaultPatience },
      clock: c.resolve(T.CLOCK),
      log: c.resolve(T.LOGGER).child({ module: 'allocator' }),
      pollEvery: defaultPollEvery,
      present: () => reader.current().gone === undefined,
      lost: (node) => isLost(liveness, node),
      took: c.resolve(T.METRICS).scope.histogram(metric('herald_allocator_write_seconds')),
    })
  })
  const keyFile = keyFileOf(options)
  registerLiveness(c, { node, boot, keys: heartbeatKeys, keyFile, heartbeats })
}

function standaloneSecrets(c: DependencyContainer, namespace: string): FleetDeps['secret'] {
  const [decider, reader] = [c.resolve(T.DECIDER), c.resolve(T.READER)]
  return (ref) => secretFrom({ set: reader.current().set, inline: decider.inlineSecrets(), namespace }, ref)
}

function registerDecisions(
  c: DependencyContainer,
  { options, plugins }: StandaloneParts,
  boot: BootId,
): void {
  const { node, stateFolder, settings } = options
  const announcers = plugins.map(({ plugin }) => infoOf(plugin))
  const digestKey = randomBytes(32)
  registerHolders(c, settings.election, announcers)
  provide(c, T.DECIDER, (c) => {
    const clock = c.resolve(T.CLOCK)
    return new Decider({
      node,
      settings: { ...settings, announcers },
      sha256,
      digest: (text) => createHmac('sha256', digestKey).update(text).digest('hex'),
      seconds: () => clock.now() / 1000,
      took: c.resolve(T.METRICS).scope.histogram(metric('herald_decide_seconds')),
    })
  })
  provide(c, T.VIEW, (c) => {
    const log = c.resolve(T.LOGGER)
    const failed = (cause: unknown): void =>
      log.warn('status file cannot be written', { cause: String(cause) })
    return new ViewFile({ stateFolder, node, unique: boot, failed })
  })
  provide(c, T.PUBLISHER, (c) => {
    return new Publisher({
      identity: { node, boot, version, settings },
      reader: c.resolve(T.READER),
      keeper: c.resolve(T.KEEPER),
      liveness: c.resolve(T.LIVENESS),
      fleet: c.resolve(T.FLEET),
      view: c.resolve(T.VIEW),
      gauges: new Gauges(c.resolve(T.METRICS).scope, announcers),
      clock: c.resolve(T.CLOCK),
      date: () => new Date(),
      log: c.resolve(T.LOGGER),
    })
  })
}

function registerProgram(c: DependencyContainer, options: StandaloneOptions): void {
  const { node, stateFolder } = options
  provide(c, T.ENGINE, (c) => {
    return new Engine({
      node,
      reader: c.resolve(T.READER),
      wishes: new WishWatch({
        stateFolder,
        clock: c.resolve(T.CLOCK),
        log: c.resolve(T.LOGGER),
      }),
      keeper: c.resolve(T.KEEPER),
      liveness: c.resolve(T.LIVENESS),
      holders: c.resolve(T.HOLDERS),
      shutPaths: new ShutPaths(c.resolve(T.LIVENESS)),
      decider: c.resolve(T.DECIDER),
      asking: c.resolve(T.ASKING),
      gatekeeper: c.resolve(T.GATEKEEPER),
      fleet: c.resolve(T.FLEET),
      rights: c.resolve(T.RIGHTS),
      publisher: c.resolve(T.PUBLISHER),
      metrics: c.resolve(T.METRICS).scope,
      clock: c.resolve(T.CLOCK),
      log: c.resolve(T.LOGGER),
    })
  })
  provide(c, T.STATUS_SOURCE, (c) => {
    return new StandaloneStatus(c.resolve(T.PUBLISHER), new ViewShelf(stateFolder))
  })
  provide(c, T.STANDALONE, (c) => {
    return new StandaloneApp({
      engine: c.resolve(T.ENGINE),
      publisher: c.resolve(T.PUBLISHER),
      reader: c.resolve(T.READER),
      log: c.resolve(T.LOGGER),
      ...endpoints(c, options),
    })
  })
}

function endpoints(c: DependencyContainer, { metrics, protection, statusPage }: StandaloneOptions) {
  const publisher = c.resolve(T.PUBLISHER)
  const readiness = (): Readiness => publisher.readiness()
  const parts = {
    metrics: c.resolve(T.METRICS),
    readiness,
    ...certificateOf(protection, c.resolve(T.LOGGER)),
  }
  const server = metrics && new MetricsServer(parts)
  const page = statusPage && new StatusServer(c.resolve(T.STATUS_SOURCE))
  return {
    ...(server && { endpoint: { server, address: metrics } }),
    ...(page && { statusPage: { server: page, address: statusPage } }),
  }
}
