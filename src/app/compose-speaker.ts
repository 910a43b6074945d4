/* The graph of a speaker's parts. */
import 'reflect-metadata'

import { randomBytes } from 'node:crypto'

import { container, type DependencyContainer } from 'tsyringe'

import { bootFrom, type BootId } from '#core/membership/boot.ts'
import type { ServiceObject } from '#core/model/objects.ts'
import { metric } from '#metrics/catalogue.ts'
import { MetricsServer } from '#metrics/server.ts'

import { infoOf } from './announcer-infos.ts'
import {
  provide,
  registerAnnouncers,
  registerHolders,
  registerLiveness,
  registerPorts,
} from './compose-node.ts'
import type { Api } from './kubernetes/api/open.ts'
import { requestMetrics } from './kubernetes/api/request-metrics.ts'
import { SpeakerApp } from './kubernetes/speaker/app.ts'
import { ClusterWatch } from './kubernetes/speaker/cluster-watch.ts'
import { SpeakerDecider } from './kubernetes/speaker/decider.ts'
import { SpeakerEngine } from './kubernetes/speaker/engine.ts'
import { Events } from './kubernetes/speaker/events.ts'
import type { SpeakerOptions } from './kubernetes/speaker/options.ts'
import { ProbeAnswers } from './kubernetes/speaker/probe-answers.ts'
import { SpeakerPublisher } from './kubernetes/speaker/publisher.ts'
import { SnapshotKeeper } from './kubernetes/speaker/snapshot-keeper.ts'
import { SnapshotFile } from './kubernetes/speaker/snapshot.ts'
import { StatusWriter } from './kubernetes/speaker/status-writer.ts'
import { Announced } from './kubernetes/status-page/announced.ts'
import { SpeakerStatus } from './kubernetes/status-page/speaker-status.ts'
import type { ConfiguredPlugin } from './load-plugins.ts'
import { accessOf } from './metrics-access.ts'
import type { Keys } from './membership/protocol.ts'
import type { FleetDeps } from './node/fleet.ts'
import { Gauges } from './node/gauges.ts'
import { secretFrom } from './node/secrets.ts'
import { ShutPaths } from './node/shut-paths.ts'
import { StatusServer } from './status-page/status-server.ts'
import { sha256 } from './system.ts'
import { timestamp } from './timestamp.ts'
import * as T from './tokens.ts'
import { version } from './version.ts'

export interface SpeakerParts {
  readonly options: SpeakerOptions
  readonly plugins: readonly ConfiguredPlugin[]
  readonly heartbeatKeys: Keys
  readonly api: Api
}

/** Nothing is opened: that is for `start`. */
export function composeSpeaker(
  parts: SpeakerParts,
  override: (container: DependencyContainer) => void = () => {},
): SpeakerApp {
  const c = container.createChildContainer()
  const boot = bootFrom(randomBytes(8))
  const { node, settings, heartbeats, moveBudget } = parts.options
  registerPorts(c, parts.options)
  registerLiveness(c, { node, boot, keys: parts.heartbeatKeys, keyFile: heartbeats.keyFile, heartbeats })
  registerWatch(c, parts)
  registerAnnouncers(
    c,
    { node, moveBudget, plugins: parts.plugins },
    (c) => speakerSecrets(c, settings.namespace),
    (c) => ({ surveyed: (found) => c.resolve(T.PROBES).heard(found) }),
  )
  registerProbes(c, parts)
  registerReports(c, parts, boot)
  registerSpeaker(c, parts)
  override(c)
  return c.resolve(T.SPEAKER)
}

function registerWatch(c: DependencyContainer, { options, plugins, heartbeatKeys, api }: SpeakerParts): void {
  const { node, settings, stateFolder: folder } = options
  const announcers = plugins.map(({ plugin }) => infoOf(plugin))
  provide(c, T.WATCH, (c) => {
    return new ClusterWatch({
      client: api.client,
      settings: { ...settings, announcers },
      sha256,
      clock: c.resolve(T.CLOCK),
      random: c.resolve(T.RANDOM),
      log: c.resolve(T.LOGGER).child({ module: 'api' }),
    })
  })
  provide(c, T.SNAPSHOT, () => {
    return new SnapshotFile({ folder, node, namespace: settings.namespace, heartbeatKeys })
  })
  provide(c, T.SNAPSHOTS, (c) => {
    const watch = c.resolve(T.WATCH)
    return new SnapshotKeeper({
      file: c.resolve(T.SNAPSHOT),
      content: () => watch.content(),
      clock: c.resolve(T.CLOCK),
      log: c.resolve(T.LOGGER),
    })
  })
  registerHolders(c, settings.election, announcers)
  provide(c, T.SPEAKER_DECIDER, (c) => {
    return new SpeakerDecider({
      node,
      lbClass: settings.lbClass,
      source: c.resolve(T.WATCH),
      clock: c.resolve(T.CLOCK),
      took: c.resolve(T.METRICS).scope.histogram(metric('herald_decide_seconds')),
    })
  })
}

function registerProbes(c: DependencyContainer, { options, plugins, api }: SpeakerParts): void {
  const surveyors = plugins.flatMap(({ plugin }) => (plugin.surveys === true ? plugin.name : []))
  provide(c, T.PROBES, (c) => {
    return new ProbeAnswers({
      client: api.client,
      node: options.node,
      surveyors,
      sha256,
      clock: c.resolve(T.CLOCK),
      random: c.resolve(T.RANDOM),
      log: c.resolve(T.LOGGER).child({ module: 'probes' }),
    })
  })
}

function speakerSecrets(c: DependencyContainer, namespace: string): FleetDeps['secret'] {
  const [decider, watch] = [c.resolve(T.SPEAKER_DECIDER), c.resolve(T.WATCH)]
  return (ref) => secretFrom({ set: watch, inline: decider.inlineSecrets(), namespace }, ref)
}

function registerReports(
  c: DependencyContainer,
  { options, plugins, api }: SpeakerParts,
  boot: BootId,
): void {
  const { node, pod = node, settings } = options
  const { namespace } = settings
  const { client } = api
  const announcers = plugins.map(({ plugin }) => infoOf(plugin))
  provide(c, T.STATUSES, (c) => {
    const watch = c.resolve(T.WATCH)
    return new StatusWriter({
      client,
      node,
      namespace,
      nodeObject: () => watch.node(node),
      clock: c.resolve(T.CLOCK),
      random: c.resolve(T.RANDOM),
      log: c.resolve(T.LOGGER).child({ module: 'statuses' }),
      wallClock,
    })
  })
  provide(c, T.SPEAKER_PUBLISHER, (c) => {
    const watch = c.resolve(T.WATCH)
    const log = c.resolve(T.LOGGER)
    const unique = (): string => randomBytes(8).toString('hex')
    const service = (name: string): ServiceObject | undefined => watch.service(name)
    return new SpeakerPublisher({
      identity: { node, boot, version },
      reporter: { node, namespace, sha256 },
      announcers,
      watch,
      liveness: c.resolve(T.LIVENESS),
      fleet: c.resolve(T.FLEET),
      gauges: new Gauges(c.resolve(T.METRICS).scope, announcers),
      statuses: c.resolve(T.STATUSES),
      events: new Events({ client, node, pod, service, log, wallClock, unique }),
      snapshots: c.resolve(T.SNAPSHOTS),
      clock: c.resolve(T.CLOCK),
      date: () => new Date(),
      log,
    })
  })
  provide(c, T.ANNOUNCED, (c) => {
    return new Announced({
      client,
      namespace,
      clock: c.resolve(T.CLOCK),
      random: c.resolve(T.RANDOM),
      log: c.resolve(T.LOGGER).child({ module: 'statuses' }),
      except: node,
    })
  })
  provide(c, T.STATUS_SOURCE, (c) => {
    const [publisher, announced] = [c.resolve(T.SPEAKER_PUBLISHER), c.resolve(T.ANNOUNCED)]
    return new SpeakerStatus({ publisher, announced, announcers })
  })
}

function registerSpeaker(c: DependencyContainer, { options, api }: SpeakerParts): void {
  const { node, metrics, probes, protection, statusPage: address } = options
  provide(c, T.SPEAKER, (c) => {
    const publisher = c.resolve(T.SPEAKER_PUBLISHER)
    const log = c.resolve(T.LOGGER)
    api.onRequest(requestMetrics(c.resolve(T.METRICS).scope))
    const served = { metrics: c.resolve(T.METRICS), readiness: () => publisher.readiness() }
    const engine = new SpeakerEngine({
      node,
      watch: c.resolve(T.WATCH),
      snapshot: c.resolve(T.SNAPSHOT),
      snapshots: c.resolve(T.SNAPSHOTS),
      liveness: c.resolve(T.LIVENESS),
      holders: c.resolve(T.HOLDERS),
      shutPaths: new ShutPaths(c.resolve(T.LIVENESS)),
      gatekeeper: c.resolve(T.GATEKEEPER),
      decider: c.resolve(T.SPEAKER_DECIDER),
      fleet: c.resolve(T.FLEET),
      rights: c.resolve(T.RIGHTS),
      publisher,
      statuses: c.resolve(T.STATUSES),
      probes: c.resolve(T.PROBES),
      metrics: c.resolve(T.METRICS).scope,
      clock: c.resolve(T.CLOCK),
      log,
    })
    const { client } = api
    const access = accessOf(protection, { client, clock: c.resolve(T.CLOCK), log })
    const { certificate: _, ...guard } = access
    const endpoints = [
      ...(metrics ? [{ server: new MetricsServer({ ...served, ...access }), address: metrics }] : []),
      // On loopback, where kubelets probe in the clear.
      ...(probes ? [{ server: new MetricsServer({ ...served, ...guard }), address: probes }] : []),
    ]
    const statusPage = address && { server: new StatusServer(c.resolve(T.STATUS_SOURCE)), address }
    const announced = c.resolve(T.ANNOUNCED)
    return new SpeakerApp({ engine, log, endpoints, statusPage, announced, disconnect: () => api.close() })
  })
}

function wallClock(): string {
  return timestamp(new Date())
}
