/* What the API server has been asked by Herald's accounts, from its audit log; and what they may ask, from their roles. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import type { ControlPlane, KubeCluster } from '#lab/index.ts'

const account = 'system:serviceaccount:metallb-system:herald-'

export type Component = 'controller' | 'speaker'

export const auditPolicy: string = JSON.stringify({
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata', users: [`${account}controller`, `${account}speaker`] }, { level: 'None' }],
})

interface Entry {
  readonly verb: string
  readonly user: { readonly username: string }
  readonly objectRef?: {
    readonly apiGroup?: string
    readonly resource: string
    readonly subresource?: string
  }
  readonly annotations?: Readonly<Record<string, string>>
}

interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

/** `patch services/status`, `list ipaddresspools.metallb.io`: each once, sorted. */
export function asked(
  plane: ControlPlane,
  component: Component,
  decision: 'allow' | 'forbid',
): readonly string[] {
  const entries = readFileSync(join(plane.directory, 'audit.log'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Entry)
    .filter(({ user }) => user.username === `${account}${component}`)
    .filter(({ annotations }) => annotations?.['authorization.k8s.io/decision'] === decision)
  const words = entries.flatMap(({ verb, objectRef }) => {
    if (objectRef === undefined) return []
    const { resource, subresource, apiGroup = '' } = objectRef
    return [wordsOf(verb, apiGroup, subresource === undefined ? resource : `${resource}/${subresource}`)]
  })
  return [...new Set(words)].sort()
}

/** By the two roles of this name. */
export async function granted(
  cluster: KubeCluster,
  component: Component | 'webhook',
): Promise<readonly string[]> {
  const rbac = '/apis/rbac.authorization.k8s.io/v1'
  const roles = await Promise.all([
    cluster.api.get(`${rbac}/clusterroles/herald-${component}`),
    cluster.api.get(`${rbac}/namespaces/metallb-system/roles/herald-${component}`),
  ])
  const rules = roles.flatMap(({ rules }) => rules as readonly Rule[])
  const words = rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) => verbs.map((verb) => wordsOf(verb, group, resource))),
    ),
  )
  return [...new Set(words)].sort()
}

function wordsOf(verb: string, group: string, resource: string): string {
  const [plural, subresource] = resource.split('/')
  const name = group === '' ? plural : `${plural}.${group}`
  return subresource === undefined ? `${verb} ${name}` : `${verb} ${name}/${subresource}`
}
