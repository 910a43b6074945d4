/* The objects that say what this speaker does: their names, and what stands in them. */
import type { Problem } from '#core/model/decisions.ts'
import { placeOf, type NodeObject } from '#core/model/objects.ts'
import type { Sha256 } from '#core/ports.ts'

import type { Conflict } from '../../node/conflicts.ts'
import type { RawObject } from '../api/client.ts'
import { resources, type Resource } from '../api/resources.ts'
import type { Protocol, Report } from './reports.ts'

/** One object as it should be. */
export interface StatusObject {
  readonly resource: Resource
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** Without times, which say when it came to be so. */
  readonly status: Readonly<Record<string, unknown>>
}

export interface Reporter {
  readonly node: string
  readonly namespace: string
  readonly sha256: Sha256
}

const kinds: Readonly<Record<Protocol, { readonly resource: Resource; readonly prefix: string }>> = {
  layer2: { resource: resources.serviceL2Statuses, prefix: 'l2' },
  bgp: { resource: resources.serviceBGPStatuses, prefix: 'bgp' },
}

/** The same for the same node and Service, so that nobody makes a second one. */
export function statusName(protocol: Protocol, node: string, service: string, sha256: Sha256): string {
  // Joined, for a template that is kept keeps the whole hash as well.
  return [kinds[protocol].prefix, sha256(`${node} ${service}`).slice(0, 20)].join('-')
}

export function serviceStatus(report: Report, { node, sha256 }: Reporter): StatusObject {
  return new ServiceStatus(report, node, statusName(report.protocol, node, report.service, sha256))
}

/** There are as many as Services: what stands in them is made when it is asked for. */
class ServiceStatus implements StatusObject {
  readonly name: string
  readonly #report: Report
  readonly #node: string

  constructor(report: Report, node: string, name: string) {
    this.name = name
    this.#report = report
    this.#node = node
  }

  get resource(): Resource {
    return kinds[this.#report.protocol].resource
  }

  get labels(): StatusObject['labels'] {
    const { namespace, name } = placeOf(this.#report.service)
    return {
      'metallb.io/node': this.#node,
      'metallb.io/service-name': label(name),
      'metallb.io/service-namespace': namespace,
    }
  }

  get status(): StatusObject['status'] {
    const { protocol, service, through } = this.#report
    const { namespace: serviceNamespace, name: serviceName } = placeOf(service)
    return protocol === 'layer2'
      ? { node: this.#node, serviceName, serviceNamespace, interfaces: through.map((name) => ({ name })) }
      : { node: this.#node, serviceName, serviceNamespace, peers: through }
  }
}

/** Longest message of a condition; the custom resource's schema allows 32,768. */
const longest = 8000

/** `conflicts`: who else answers for addresses of this node; the condition is there for as long as somebody does. */
export function configurationState(
  faults: readonly Problem[],
  conflicts: readonly Conflict[],
  { node }: Reporter,
): StatusObject {
  const lines = faults.map(
    ({ object, field, message }) => `${object}${field === '' ? '' : ` ${field}`}: ${message}`,
  )
  const summary = lines.join('\n').slice(0, longest)
  const valid = lines.length === 0
  const condition = {
    type: 'configReconcilerValid',
    status: valid ? 'True' : 'False',
    reason: valid ? 'Reconciled' : 'ConfigurationError',
    message: valid ? '' : `configuration error: ${summary}`,
  }
  return {
    resource: resources.configurationStates,
    name: `speaker-${node}`,
    labels: { 'metallb.io/component-type': 'speaker', 'metallb.io/node-name': label(node) },
    status: {
      result: valid ? 'Valid' : 'Invalid',
      ...(valid ? {} : { errorSummary: `configuration error: ${summary}` }),
      conditions: [condition, ...conflictConditions(conflicts)],
    },
  }
}

function conflictConditions(conflicts: readonly Conflict[]): readonly object[] {
  if (conflicts.length === 0) return []
  const message = conflicts.map(conflictText).join('\n').slice(0, longest)
  return [{ type: 'addressConflict', status: 'True', reason: 'SecondAnswerer', message }]
}

/** One sentence for a person. */
export function conflictText({ address, hardwareAddress, via }: Conflict): string {
  return `${address} is also answered for by ${hardwareAddress} on ${via}`
}

/** It goes when its node does. */
export function objectOf(
  { name, labels }: StatusObject,
  namespace: string,
  node: NodeObject | undefined,
): RawObject {
  const uid = node?.metadata.uid
  const owner = { apiVersion: 'v1', kind: 'Node', name: node?.metadata.name, uid }
  return { metadata: { name, namespace, labels, ...(uid !== undefined && { ownerReferences: [owner] }) } }
}

/** A label's value has 63 characters at most; a Node's name may have more. */
function label(text: string): string {
  return text.length <= 63 ? text : text.slice(0, 63).replace(/[^A-Za-z0-9]+$/, '')
}
