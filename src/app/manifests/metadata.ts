/* What every object begins with: its kind, its name and its labels. */
import { isJsonObject, type Json, type JsonSchema } from '#core/model/json.ts'
import type { ObjectMeta } from '#core/model/objects.ts'
import { quote } from '#core/model/wording.ts'

const text: JsonSchema = { type: 'string' }
const texts: JsonSchema = { type: 'object', additionalProperties: text }

/** Taken as it is: what it holds decides nothing. */
export const anything: JsonSchema = { 'x-kubernetes-preserve-unknown-fields': true }

/** All fields of ObjectMeta, so that a misspelt one is a fault; those that decide nothing are taken as they are. */
export const metadataSchema: JsonSchema = {
  type: 'object',
  required: ['name'],
  properties: {
    name: text,
    namespace: text,
    uid: text,
    labels: texts,
    annotations: texts,
    creationTimestamp: text,
    resourceVersion: text,
    generateName: anything,
    generation: anything,
    deletionTimestamp: anything,
    deletionGracePeriodSeconds: anything,
    finalizers: anything,
    managedFields: anything,
    ownerReferences: anything,
    selfLink: anything,
  },
}

/** kubectl's copy of the whole object as it was applied: big, and for a Secret the very bytes nobody may see. */
const appliedCopy = 'kubectl.kubernetes.io/last-applied-configuration'

/** The fields of `metadata` that decide something; `namespace` is the one the object ends up in. */
export function metaOf(metadata: Json | undefined, namespace: string | undefined): ObjectMeta {
  const found = (isJsonObject(metadata) ? metadata : {}) as Partial<ObjectMeta>
  const { uid, labels, annotations, creationTimestamp, resourceVersion } = found
  return {
    name: found.name ?? '',
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations: withoutCopy(annotations) }),
    ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  }
}

function withoutCopy(annotations: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { [appliedCopy]: _, ...rest } = annotations
  return rest
}

/** DNS-1123, as the API server asks of names. */
const nameForms = {
  label: {
    pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
    longest: 63,
    letters: "lower-case letters, digits and '-'",
  },
  subdomain: {
    pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    longest: 253,
    letters: "lower-case letters, digits, '-' and '.'",
  },
} as const

/** `label` for namespaces, `subdomain` for everything else; undefined when the name is right. */
export function nameFault(name: string, form: keyof typeof nameForms): string | undefined {
  const { pattern, longest, letters } = nameForms[form]
  if (name.length <= longest && pattern.test(name)) return undefined
  return `found ${quote(name)}, allowed: 1 to ${longest} ${letters}, with a letter or digit at either end`
}
