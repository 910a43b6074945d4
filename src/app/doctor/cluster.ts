/* The checks of a cluster, through the API server. */
import { load } from 'js-yaml'

import type { ApiClient, RawObject } from '../kubernetes/api/client.ts'
import { isStatus } from '../kubernetes/api/errors.ts'
import { configResources, resources } from '../kubernetes/api/resources.ts'
import { configMaps, daemonSets } from '../kubernetes/live/workloads.ts'
import { fault, ok, unknown, warning, type Finding } from './finding.ts'
import type { Decisions } from '#core/model/decisions.ts'
import type { Facts } from '#core/model/facts.ts'
import { reasons } from '#core/reasons.ts'

export async function checkKinds(client: ApiClient, namespace: string): Promise<Finding> {
  const check = 'custom resources'
  const kinds = [
    ...configResources,
    resources.serviceL2Statuses,
    resources.serviceBGPStatuses,
    resources.configurationStates,
    resources.addressClaims,
    resources.addressProbes,
  ]
  const served = await Promise.all(
    kinds.map((kind) =>
      client.page(kind, kind.namespaced ? { namespace } : {}, { limit: 1 }).then(
        () => true,
        (error: unknown) => {
          if (isStatus(error, 404)) return false
          throw error
        },
      ),
    ),
  )
  const missing = kinds.filter((_, index) => served[index] !== true)
  if (missing.length === 0) return ok(check, 'all are served')
  const names = missing.map(({ group, version, plural }) => `${plural}.${group}/${version}`)
  return fault(check, `found no ${names.join(', ')}`, 'kubectl apply --server-side -f deploy/crds')
}

/** Of the ConfigMap that kubeadm makes; a kube-proxy configured otherwise is looked at on the nodes. */
export async function checkKubeProxy(client: ApiClient): Promise<Finding> {
  const check = 'kube-proxy'
  const look = 'run herald doctor --node in a speaker, which looks at the node itself'
  const found = await findOr403(client, configMaps, { namespace: 'kube-system', name: 'kube-proxy' })
  if (found === undefined) return unknown(check, 'found no ConfigMap kube-system/kube-proxy', look)
  const { 'config.conf': text = '' } = (found['data'] ?? {}) as Readonly<Record<string, string>>
  const config = load(text) as
    | { readonly mode?: string; readonly ipvs?: { readonly strictARP?: boolean } }
    | undefined
  if (config?.mode !== 'ipvs')
    return ok(check, `mode ${config?.mode === '' ? 'iptables' : (config?.mode ?? 'iptables')}`)
  if (config.ipvs?.strictARP === true) return ok(check, 'mode ipvs, with strictARP')
  return fault(
    check,
    'found mode ipvs without strictARP: every node answers ARP for every Service',
    'set ipvs.strictARP: true in the ConfigMap kube-system/kube-proxy and restart kube-proxy',
  )
}

interface DaemonSet {
  readonly spec?: {
    readonly template?: { readonly spec?: { readonly containers?: readonly { readonly image?: string }[] } }
  }
  readonly status?: { readonly desiredNumberScheduled?: number; readonly numberReady?: number }
}

export async function checkSpeakers(client: ApiClient, namespace: string): Promise<Finding[]> {
  const [ours, all] = await Promise.all([
    client.list(daemonSets, { namespace, labelSelector: 'app.kubernetes.io/name=herald' }),
    client.list(daemonSets),
  ])
  return [checkOurs(ours, namespace), ...checkOthers(all)]
}

function checkOurs(speakers: readonly RawObject[], namespace: string): Finding {
  const [speaker] = speakers as readonly (RawObject & DaemonSet)[]
  if (speaker === undefined) {
    return warning(
      'speakers',
      `found no DaemonSet of Herald in ${namespace}`,
      'apply an overlay of deploy/kustomize, or the chart',
    )
  }
  const { desiredNumberScheduled: wanted = 0, numberReady: ready = 0 } = speaker.status ?? {}
  if (ready === wanted) return ok('speakers', `${ready} of ${wanted} are ready`)
  return fault(
    'speakers',
    `${ready} of ${wanted} are ready`,
    `kubectl -n ${namespace} describe daemonset ${speaker.metadata.name}, and the log of a Pod that is not`,
  )
}

/** Answering for the same addresses at once. */
const others: readonly (readonly [name: string, image: RegExp])[] = [
  ['MetalLB', /(^|\/)metallb\/(speaker|metallb-speaker)|metallb-speaker/],
  ['kube-vip', /(^|\/)kube-vip[:@]/],
  ['ServiceLB of k3s', /klipper-lb/],
]

function checkOthers(all: readonly RawObject[]): Finding[] {
  const found = (all as readonly (RawObject & DaemonSet)[]).flatMap(({ metadata, spec, status }) => {
    const images = spec?.template?.spec?.containers?.map(({ image = '' }) => image) ?? []
    const name = others.find(([, pattern]) => images.some((image) => pattern.test(image)))?.[0]
    const runs = (status?.desiredNumberScheduled ?? 0) > 0
    return name === undefined || !runs ? [] : [`${name} (DaemonSet ${metadata.namespace}/${metadata.name})`]
  })
  if (found.length === 0) return [ok('other implementations', 'none')]
  const message = `found ${found.join(', ')}, which may answer for the same addresses`
  return [
    warning(
      'other implementations',
      message,
      'herald adopt hands over node by node; or separate them by loadBalancerClass',
    ),
  ]
}

/** What Services wait for, and the pools nobody announces, with the remedies of docs/reasons.md. */
export function checkDecisions(facts: Facts, decisions: Decisions): Finding[] {
  return [...checkAdvertisements(facts), ...checkServices(decisions), ...checkObjects(decisions)]
}

function checkAdvertisements({ config }: Facts): Finding[] {
  const check = 'advertisements'
  const kinds = new Set(['L2Advertisement', 'BGPAdvertisement', 'Advertisement'])
  if (!config.some(({ kind }) => kind === 'IPAddressPool')) {
    return [warning('pools', 'found no IPAddressPool', reasons.NoPools.remedy)]
  }
  if (config.some(({ kind }) => kinds.has(kind))) return [ok(check, 'there are some')]
  const message =
    'found pools but no L2Advertisement, BGPAdvertisement or Advertisement: nobody announces any address'
  return [fault(check, message, 'create an L2Advertisement; without selectors it announces every pool')]
}

function checkServices({ assignments, unannounced }: Decisions): Finding[] {
  const check = 'Services'
  const waiting = assignments.filter(({ addresses }) => addresses.length === 0)
  const findings = [...waiting, ...unannounced].map(({ service, reason, message }) =>
    fault(`Service ${service}`, `${reason}: ${message}`, reasons[reason].remedy),
  )
  return findings.length > 0
    ? findings
    : [ok(check, `all ${assignments.length} have addresses that are announced`)]
}

function checkObjects({ problems }: Decisions): Finding[] {
  if (problems.length === 0) return [ok('configuration', 'no fault')]
  return problems.map(({ object, field, reason, message }) =>
    fault(object, `${field === '' ? '' : `${field}: `}${message}`, reasons[reason].remedy),
  )
}

async function findOr403(
  client: ApiClient,
  resource: typeof configMaps,
  place: { readonly namespace: string; readonly name: string },
): Promise<RawObject | undefined> {
  try {
    return await client.get(resource, place)
  } catch (error) {
    if (isStatus(error, 404) || isStatus(error, 403)) return undefined
    throw error
  }
}
