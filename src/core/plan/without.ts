/* Facts without one of their objects, named as people name objects. */
import type { Facts } from '../model/facts.ts'
import { refOf, type AnyObject } from '../model/objects.ts'
import { didYouMean, few } from '../model/wording.ts'

/** The short names that kubectl knows. */
const shortNames: Readonly<Record<string, string>> = {
  svc: 'service',
  no: 'node',
  ns: 'namespace',
}

export type Without = { readonly facts: Facts; readonly ref: string } | { readonly fault: string }

/**
 * `Kind name`, `Kind/name`, `Kind namespace/name` or `Kind/namespace/name`; the kind in any case, in its plural or
 * short form. A name without its namespace must be of one object only.
 */
export function without(facts: Facts, text: string): Without {
  const [kind = '', ...names] = text.trim().split(/[\s/]+/)
  const wanted = singular(kind.toLowerCase())
  const objects = objectsOf(facts)
  const found = objects.filter((object) => {
    const [name, namespace] = names.toReversed()
    if (object.kind.toLowerCase() !== wanted || object.metadata.name !== name) return false
    return namespace === undefined || object.metadata.namespace === namespace
  })
  const [first, second] = found
  if (first === undefined) return { fault: `no ${text} in the input${didYouMean(text, objects.map(refOf))}` }
  if (second !== undefined) return { fault: `${text} is one of ${few(found.map(refOf))}; name its namespace` }
  return { facts: remove(facts, first), ref: refOf(first) }
}

function singular(kind: string): string {
  const full = shortNames[kind] ?? kind
  return full.endsWith('s') && !full.endsWith('ss') ? full.slice(0, -1) : full
}

function objectsOf({ config, services, nodes, namespaces, endpointSlices, secrets }: Facts): AnyObject[] {
  const kinds: (readonly AnyObject[] | undefined)[] = [
    config,
    services,
    nodes,
    namespaces,
    endpointSlices,
    secrets,
  ]
  return kinds.flatMap((objects) => objects ?? [])
}

function remove(facts: Facts, object: AnyObject): Facts {
  const keep = (other: AnyObject): boolean => other !== object
  return {
    ...facts,
    config: facts.config.filter(keep),
    services: facts.services.filter(keep),
    ...(facts.nodes === undefined ? {} : { nodes: facts.nodes.filter(keep) }),
    ...(facts.namespaces === undefined ? {} : { namespaces: facts.namespaces.filter(keep) }),
    ...(facts.endpointSlices === undefined ? {} : { endpointSlices: facts.endpointSlices.filter(keep) }),
    ...(facts.secrets === undefined ? {} : { secrets: facts.secrets.filter(keep) }),
  }
}
