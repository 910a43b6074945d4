/* The life of `herald controller`: connect, watch, take turns with the other replicas, stop on a signal. */
import { hostname } from 'node:os'
import { randomBytes } from 'node:crypto'

import { messageOf } from '#core/errors.ts'
import type { Logger } from '#core/ports.ts'
import { createMetrics } from '#metrics/registry.ts'
import type { ListenAddress } from '#metrics/listen.ts'
import { MetricsServer, type MetricsServerDeps, type Readiness } from '#metrics/server.ts'

import { announcersOf } from '../../load-plugins.ts'
import { createLogger } from '../../log.ts'
import { accessOf, probesOnly, type Access } from '../../metrics-access.ts'
import { endWell, keepMemorySmall } from '../../node/process-life.ts'
import { servePage, type StatusEndpoint } from '../../status-page/serve.ts'
import { StatusServer } from '../../status-page/status-server.ts'
import { systemClock as clock, systemRandom as random } from '../../system.ts'
import { version } from '../../version.ts'
import type { ApiClient, RawObject } from '../api/client.ts'
import { openApi } from '../api/open.ts'
import { requestMetrics } from '../api/request-metrics.ts'
import { resources } from '../api/resources.ts'
import { LeaderElection } from '../leader/leader-election.ts'
import { Announced, type AnnouncedDeps } from '../status-page/announced.ts'
import { ControllerStatus, type ControllerStatusDeps } from '../status-page/controller-status.ts'
import { webhookOf, withTrouble } from '../webhook/open.ts'
import { ClusterView } from './cluster-view.ts'
import { Controller } from './controller.ts'
import { makeHeartbeatSecret } from './heartbeat-secret.ts'
import type { ControllerOptions } from './options.ts'

/** Settles when the process watches. What cannot work is said in one line, and ends the process with status 1. */
export async function runController(options: ControllerOptions): Promise<void> {
  await keepMemorySmall({ youngGeneration: 'grows' })
  try {
    await start(options)
  } catch (cause) {
    console.error(`herald controller: ${messageOf(cause)}`)
    process.exit(1)
  }
}

async function start(options: ControllerOptions): Promise<void> {
  const { settings: decided, podName, leaseName, leaderElect, kubeconfig, heartbeatSecret } = options
  const { namespace } = decided
  const metrics = createMetrics()
  const log = loggerOf(options)
  const api = await openApi(kubeconfig, requestMetrics(metrics.scope))
  const { client } = api
  // Two processes may have one name: a Pod that is replaced, or a test.
  const identity = `${podName}_${randomBytes(4).toString('hex')}`
  const ports = { client, clock, random }
  const turns = { ...ports, namespace, name: leaseName, identity, log: log.child({ module: 'leader' }) }
  const election = leaderElect ? new LeaderElection(turns) : undefined
  const probes = options.probing !== undefined
  const view = new ClusterView({ ...ports, log: log.child({ module: 'api' }), namespace, probes })
  const settings = { ...decided, announcers: await announcersOf(options.plugins) }
  const owner = (): Promise<RawObject | undefined> => podOf(client, namespace, podName)
  const shared = { ...ports, view, settings, metrics: metrics.scope, log }
  const controller = new Controller({
    ...shared,
    election,
    identity,
    podName,
    owner,
    probing: options.probing,
  })
  const page = pageOf(options, { client, controller, announcers: settings.announcers, log })
  const leads = (): boolean => election?.leads() ?? true
  const webhook = await webhookOf(options, { ...shared, leads })
  const access = accessOf(options.protection, { client, clock, log })
  const readiness = (): Readiness => withTrouble(controller.readiness(), webhook?.problem())
  const endpoints = endpointsOf(options, { metrics, readiness }, access)
  const bound = []
  for (const { server, address } of endpoints) bound.push(await server.listen(address))
  const shown = page && (await servePage(page, log))
  const asked = await webhook?.start()
  election?.onChange(() => webhook?.leadershipChanged())
  controller.start()
  if (heartbeatSecret !== undefined) {
    makeHeartbeatSecret({ client, clock, log, namespace, name: heartbeatSecret, key: randomBytes(32) })
  }
  log.info('started', {
    namespace,
    host: hostname(),
    leaderElect,
    ...(bound.length > 0 && { metrics: bound.map(({ host, port }) => `${host}:${port}`).join(', ') }),
    ...(shown && { statusPage: `${shown.host}:${shown.port}` }),
    ...(asked && { webhook: `${asked.host}:${asked.port}` }),
  })
  if (options.ignored.length > 0) log.info('of no effect here', { flags: options.ignored })
  const stop = async (): Promise<void> => {
    await webhook?.stop()
    await controller.stop()
    await Promise.all([...endpoints.map(({ server }) => server.close()), page?.close()])
    api.close()
  }
  endWell({ command: 'controller', log, stop })
}

interface Endpoint {
  readonly server: MetricsServer
  readonly address: ListenAddress
}

/** Nothing is opened. */
function endpointsOf(
  { metrics: address, probes }: ControllerOptions,
  served: Pick<MetricsServerDeps, 'metrics' | 'readiness'>,
  access: Access,
): readonly Endpoint[] {
  // Kubelets probe in the clear.
  const clear = access.guard && { guard: probesOnly }
  return [
    ...(address ? [{ server: new MetricsServer({ ...served, ...access }), address }] : []),
    ...(probes ? [{ server: new MetricsServer({ ...served, ...clear }), address: probes }] : []),
  ]
}

interface Page extends StatusEndpoint {
  readonly close: () => Promise<void>
}

/** Nothing is opened: that is for `servePage`. Undefined: there is none. */
function pageOf(
  { statusPage: address, podName: node, settings: { namespace } }: ControllerOptions,
  parts: Omit<ControllerStatusDeps, 'identity' | 'announced'> & Pick<AnnouncedDeps, 'client' | 'log'>,
): Page | undefined {
  if (address === undefined) return undefined
  const log = parts.log.child({ module: 'statuses' })
  const announced = new Announced({ client: parts.client, namespace, clock, random, log })
  const identity = { node, boot: randomBytes(8).toString('hex'), version }
  const server = new StatusServer(new ControllerStatus({ ...parts, announced, identity }))
  return {
    server,
    address,
    async close() {
      await Promise.all([server.close(), announced.stop()])
    },
  }
}

function loggerOf({ logLevels: levels, podName }: ControllerOptions): Logger {
  const { stderr } = process
  const write = (text: string): void => void stderr.write(text)
  return createLogger({ levels, human: stderr.isTTY, write }).child({ pod: podName })
}

/** Outside a Pod there is none. */
function podOf(client: ApiClient, namespace: string, name: string): Promise<RawObject | undefined> {
  return client.get(resources.pods, { namespace, name }).catch(() => undefined)
}
