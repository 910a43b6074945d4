/* herald status of a cluster: what its objects say that Herald does, and why a Service has no address. */
import { announcementIn } from '../api/announcement.ts'
import type { ApiClient, RawObject } from '../api/client.ts'
import { isStatus } from '../api/errors.ts'
import { resources, type Resource } from '../api/resources.ts'
import { compareText } from '#core/model/collections.ts'
import type { Decisions, Election, Problem } from '#core/model/decisions.ts'
import type { Facts, Quarantined } from '#core/model/facts.ts'
import { drainReason, moveOf } from '#core/moves/wishes.ts'

export interface PodView {
  readonly pod: string
  readonly node: string
  readonly component: 'controller' | 'speaker'
  readonly ready: boolean
  /** Why its node is being drained; absent: it is not. Of speakers alone. */
  readonly drain?: string
  /** Of the replicas of the controller, the one that writes. */
  readonly leads?: boolean
}

export interface PoolView {
  readonly pool: string
  readonly assigned: number
  readonly available: number
}

export interface AnnouncedBy {
  readonly node: string
  readonly by: 'L2' | 'BGP'
  /** Interfaces, or BGPPeers; empty: all interfaces. */
  readonly via: readonly string[]
  /** RFC 3339. */
  readonly since?: string
}

export interface ServiceView {
  /** `namespace/name`. */
  readonly service: string
  readonly addresses: readonly string[]
  readonly pool?: string
  /** As the decisions see it; absent for an address that is as it should be. */
  readonly reason?: string
  readonly message?: string
  /** Where a person asked for it to be, and what came of that. */
  readonly wish?: { readonly node: string; readonly message: string }
  readonly announcedBy: readonly AnnouncedBy[]
}

export interface ClusterStatus {
  readonly apiVersion: 'heraldlb.io/v1alpha1'
  readonly kind: 'ClusterStatus'
  readonly pods: readonly PodView[]
  readonly pools: readonly PoolView[]
  readonly services: readonly ServiceView[]
  /** Addresses that nobody is given for a while; absent: none. */
  readonly quarantine?: readonly Quarantined[]
  readonly problems: readonly Problem[]
}

const herald = 'app.kubernetes.io/name=herald'
const componentLabel = 'app.kubernetes.io/component'
const poolAnnotation = 'metallb.io/ip-allocated-from-pool'

/** `decisions`: on the same cluster, for the reasons; from the facts. */
export async function clusterStatus(
  client: ApiClient,
  { settings, nodes = [], quarantine }: Pick<Facts, 'settings' | 'nodes' | 'quarantine'>,
  decisions: Decisions,
): Promise<ClusterStatus> {
  const { namespace } = settings
  const of = (resource: Resource, labelSelector?: string): Promise<readonly RawObject[]> =>
    listIfServed(client, resource, { namespace, ...(labelSelector !== undefined && { labelSelector }) })
  const [pods, pools, l2, bgp, states, services, lease] = await Promise.all([
    of(resources.pods, herald),
    of(resources.ipAddressPools),
    of(resources.serviceL2Statuses),
    of(resources.serviceBGPStatuses),
    of(resources.configurationStates),
    client.list(resources.services),
    leaseOf(client, namespace),
  ])
  const announced = announcementsOf(l2, bgp)
  const drains = new Map(nodes.map((node) => [node.metadata.name, drainReason(node, settings)]))
  const problems = [...decisions.problems, ...states.flatMap(problemOfState)]
  return {
    apiVersion: 'heraldlb.io/v1alpha1',
    kind: 'ClusterStatus',
    pods: pods.map((pod) => podView(pod, lease, drains)).sort((a, b) => compareText(a.pod, b.pod)),
    pools: pools.map(poolView),
    services: serviceViews(services, announced, decisions),
    ...(quarantine && { quarantine }),
    problems,
  }
}

export function isWell({ pods, services, problems }: ClusterStatus): boolean {
  const speaks = pods.some(({ component, ready }) => component === 'speaker' && ready)
  const leads = pods.some(({ leads }) => leads === true)
  return speaks && leads && pods.every(({ ready }) => ready) && problems.length === 0
    ? services.every(({ reason }) => reason === undefined)
    : false
}

async function listIfServed(
  client: ApiClient,
  resource: Resource,
  selection: { readonly namespace: string; readonly labelSelector?: string },
): Promise<readonly RawObject[]> {
  try {
    return await client.list(resource, selection)
  } catch (error) {
    if (isStatus(error, 404)) return []
    throw error
  }
}

/** The name of the Pod that holds the controller's Lease. */
async function leaseOf(client: ApiClient, namespace: string): Promise<string | undefined> {
  try {
    const lease = await client.get(resources.leases, { namespace, name: 'herald-controller' })
    return (lease['spec'] as { readonly holderIdentity?: string } | undefined)?.holderIdentity
  } catch (error) {
    if (isStatus(error, 404) || isStatus(error, 403)) return undefined
    throw error
  }
}

function podView(
  raw: RawObject,
  leader: string | undefined,
  drains: ReadonlyMap<string, string | undefined>,
): PodView {
  const { spec, status } = raw as unknown as {
    readonly spec: { readonly nodeName?: string }
    readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
  }
  const component = raw.metadata.labels?.[componentLabel] === 'controller' ? 'controller' : 'speaker'
  const pod = raw.metadata.name
  const ready = status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
  // The identity is the Pod's name, with whatever else makes it unique behind it.
  const leads = leader !== undefined && (leader === pod || leader.startsWith(`${pod}_`))
  const node = spec.nodeName ?? '-'
  const drain = drains.get(node)
  const role = component === 'controller' ? { leads } : drain === undefined ? {} : { drain }
  return { pod, node, component, ready, ...role }
}

function poolView(raw: RawObject): PoolView {
  const {
    assignedIPv4 = 0,
    assignedIPv6 = 0,
    availableIPv4 = 0,
    availableIPv6 = 0,
  } = (raw['status'] ?? {}) as Readonly<Record<string, number>>
  return {
    pool: raw.metadata.name,
    assigned: assignedIPv4 + assignedIPv6,
    available: availableIPv4 + availableIPv6,
  }
}

function announcementsOf(
  l2: readonly RawObject[],
  bgp: readonly RawObject[],
): ReadonlyMap<string, readonly AnnouncedBy[]> {
  const found = new Map<string, AnnouncedBy[]>()
  const add = (raw: RawObject, by: AnnouncedBy['by']): void => {
    const { node = '-', service, ...rest } = announcementIn(raw)
    if (service !== undefined) found.set(service, [...(found.get(service) ?? []), { node, by, ...rest }])
  }
  for (const raw of l2) add(raw, 'L2')
  for (const raw of bgp) add(raw, 'BGP')
  return found
}

function problemOfState(raw: RawObject): Problem[] {
  const { result, errorSummary = '' } = (raw['status'] ?? {}) as {
    readonly result?: string
    readonly errorSummary?: string
  }
  if (result !== 'Invalid') return []
  const object = `ConfigurationState ${raw.metadata.namespace}/${raw.metadata.name}`
  return [{ object, field: '', reason: 'LastGoodUsed', message: errorSummary }]
}

function serviceViews(
  services: readonly RawObject[],
  announced: ReadonlyMap<string, readonly AnnouncedBy[]>,
  { assignments, elections: elected, unannounced }: Decisions,
): ServiceView[] {
  const silent = new Map(unannounced.map((entry) => [entry.service, entry]))
  const known = new Map(services.map((raw) => [`${raw.metadata.namespace}/${raw.metadata.name}`, raw]))
  const elections = new Map(elected.map((election) => [election.service, election]))
  return assignments.map(({ service, addresses: decided, reason, message }) => {
    const { metadata, status } = (known.get(service) ?? {}) as {
      readonly metadata?: RawObject['metadata']
      readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] } }
    }
    const addresses = status?.loadBalancer?.ingress?.flatMap(({ ip }) => ip ?? []) ?? []
    const pool = metadata?.annotations?.[poolAnnotation]
    return {
      service,
      addresses,
      ...(pool !== undefined && { pool }),
      ...faultOf(addresses, decided.length === 0 ? { reason, message } : silent.get(service)),
      ...wishOf(metadata, elections.get(service)),
      announcedBy: announced.get(service) ?? [],
    }
  })
}

function wishOf(
  metadata: RawObject['metadata'] | undefined,
  election: Election | undefined,
): Pick<ServiceView, 'wish'> {
  const node = metadata && moveOf(metadata)
  return node === undefined || election === undefined ? {} : { wish: { node, message: election.message } }
}

function faultOf(
  addresses: readonly string[],
  found: { readonly reason: string; readonly message: string } | undefined,
): Pick<ServiceView, 'reason' | 'message'> {
  if (found !== undefined) return { reason: found.reason, message: found.message }
  if (addresses.length > 0) return {}
  return { reason: 'AwaitingAllocator', message: 'the controller has not written the address yet' }
}
