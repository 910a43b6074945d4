/* Whether the roles of deploy/ are in force: the API server is asked about every verb they grant. */
import controllerCluster from '#rbac/controller-cluster.yaml'
import controllerNamespace from '#rbac/controller-namespace.yaml'
import speakerCluster from '#rbac/speaker-cluster.yaml'
import speakerNamespace from '#rbac/speaker-namespace.yaml'

import type { ApiClient } from '../kubernetes/api/client.ts'
import { isStatus } from '../kubernetes/api/errors.ts'
import { resources } from '../kubernetes/api/resources.ts'
import { fault, ok, unknown, type Finding } from './finding.ts'

interface Role {
  readonly rules: readonly {
    readonly apiGroups: readonly string[]
    readonly resources: readonly string[]
    readonly resourceNames?: readonly string[]
    readonly verbs: readonly string[]
  }[]
}

interface Access {
  readonly group: string
  readonly resource: string
  readonly subresource?: string
  readonly verb: string
  readonly name?: string
  readonly namespace?: string
}

const roles = {
  controller: {
    cluster: controllerCluster as Role,
    namespace: controllerNamespace as Role,
  },
  speaker: { cluster: speakerCluster as Role, namespace: speakerNamespace as Role },
}

/** `accounts`: names of the ServiceAccounts, by component. */
export async function checkAccess(
  client: ApiClient,
  namespace: string,
  accounts: Readonly<Record<keyof typeof roles, string>>,
): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const component of ['controller', 'speaker'] as const) {
    findings.push(await checkAccount(client, namespace, component, accounts[component]))
  }
  return findings
}

async function checkAccount(
  client: ApiClient,
  namespace: string,
  component: keyof typeof roles,
  account: string,
): Promise<Finding> {
  const check = `access of the ${component}`
  const { cluster, namespace: own } = roles[component]
  const wanted = [...accessesOf(cluster), ...accessesOf(own).map((access) => ({ ...access, namespace }))]
  try {
    const allowed = await Promise.all(
      wanted.map((access) => isAllowed(client, access, { namespace, account })),
    )
    const missing = wanted.filter((_, index) => allowed[index] !== true)
    if (missing.length === 0) return ok(check, `ServiceAccount ${namespace}/${account} has all it needs`)
    const what = missing.length === wanted.length ? 'do anything' : missing.map(sentence).join(', ')
    return fault(
      check,
      `ServiceAccount ${namespace}/${account} may not ${what}`,
      'apply the roles and bindings of deploy/kustomize/base/rbac, or rbac.create of the chart',
    )
  } catch (error) {
    if (!isStatus(error, 403)) throw error
    return unknown(check, 'found no right to ask (create subjectaccessreviews)', 'ask as an administrator')
  }
}

function accessesOf({ rules }: Role): Access[] {
  return rules.flatMap(({ apiGroups, resources, resourceNames, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((path) =>
        verbs.map((verb): Access => {
          const [resource = '', subresource] = path.split('/')
          const [name] = resourceNames ?? []
          return {
            group,
            resource,
            verb,
            ...(subresource !== undefined && { subresource }),
            ...(name !== undefined && { name }),
          }
        }),
      ),
    ),
  )
}

async function isAllowed(
  client: ApiClient,
  access: Access,
  { namespace, account }: { readonly namespace: string; readonly account: string },
): Promise<boolean> {
  const spec = { user: `system:serviceaccount:${namespace}:${account}`, resourceAttributes: access }
  // Reviews are asked for, not stored: they have no name.
  const review = { metadata: { name: '' }, spec }
  const { status } = await client.create(resources.subjectAccessReviews, review)
  return (status as { readonly allowed?: boolean } | undefined)?.allowed === true
}

function sentence({ group, resource, subresource, verb }: Access): string {
  const path = subresource === undefined ? resource : `${resource}/${subresource}`
  return `${verb} ${path}${group === '' ? '' : `.${group}`}`
}
