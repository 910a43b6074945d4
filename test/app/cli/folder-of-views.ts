/* A folder whose processes are not there: the test writes what they would say of themselves. */
import { join } from 'node:path'

import type { NodeView } from '#app/node/view/node-view.ts'
import { ViewFile } from '#app/node/view/view-file.ts'
import type { Address } from '#core/model/address.ts'

import { sampleView } from '../node/view/sample-view.ts'

const namespace = 'metallb-system'
export const names = ['node-a', 'node-b', 'node-c']

const settings = {
  namespace,
  bgpBackend: 'native-bgp',
  l2Candidates: 'herald' as const,
  ignoreExcludeLb: false,
}

/** An object of our own kinds. */
export function own(kind: string, name: string, spec: object) {
  return { apiVersion: 'metallb.io/v1beta1', kind, metadata: { name, namespace }, spec }
}

/** A Service that has its addresses. */
export function serviceObject(
  name: string,
  addresses: readonly string[],
  annotations: Readonly<Record<string, string>> = {},
  port = 80,
) {
  const ipFamilyPolicy = addresses.length > 1 ? 'RequireDualStack' : 'SingleStack'
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default', annotations },
    spec: { type: 'LoadBalancer', ipFamilyPolicy, ports: [{ port }] },
    status: { loadBalancer: { ingress: addresses.map((ip) => ({ ip })) } },
  }
}

interface Beliefs {
  readonly dead?: readonly string[]
  readonly routes?: NodeView['announcements']
}

export class FolderOfViews {
  readonly #stateFolder: string

  constructor(folder: string) {
    this.#stateFolder = join(folder, '.herald')
  }

  /** What `node` says that it serves by l2, who it thinks is dead, and which routes it announces. */
  serves(
    node: string,
    addresses: readonly string[],
    election: 'hash' | 'stable',
    { dead = [], routes = [] }: Beliefs = {},
  ): Promise<void> {
    const announcements: NodeView['announcements'] = [
      ...addresses.map((address) => ({
        announcer: 'l2',
        services: [],
        address: address as Address,
        phase: 'serving' as const,
      })),
      ...routes,
    ]
    const members = names.map((name) => ({ node: name, alive: !dead.includes(name), detail: '' }))
    const view = sampleView({
      node,
      announcements,
      members,
      services: [],
      role: 'following',
      settings: { ...settings, election },
    })
    const failed = (cause: unknown): void => {
      throw cause
    }
    return new ViewFile({ stateFolder: this.#stateFolder, node, unique: 'x', failed }).put(view)
  }
}
