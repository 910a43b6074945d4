/* The annotations by which a Service makes requests, in their present and their former spelling. */
import type { ServiceObject } from '../model/objects.ts'
import { didYouMean } from '../model/wording.ts'

const spellings = {
  'address-pool': ['metallb.io/address-pool', 'metallb.universe.tf/address-pool'],
  loadBalancerIPs: ['metallb.io/loadBalancerIPs', 'metallb.universe.tf/loadBalancerIPs'],
  'allow-shared-ip': ['metallb.io/allow-shared-ip', 'metallb.universe.tf/allow-shared-ip'],
} as const

/** The present spelling wins by being there, even with an empty value. */
export function annotationOf(
  { metadata }: ServiceObject,
  suffix: keyof typeof spellings,
): string | undefined {
  const annotations = metadata.annotations
  if (annotations === undefined) return undefined
  const [present, former] = spellings[suffix]
  return annotations[present] ?? annotations[former]
}

/** Written by MetalLB, read by nobody. */
const outputs = ['ip-allocated-from-pool']

/** Annotations that nobody reads and that look like one of these, each with `; did you mean "…"?`. */
export function misspeltAnnotations({
  metadata,
}: ServiceObject): { readonly name: string; readonly hint: string }[] {
  const known = [...Object.keys(spellings), ...outputs]
  return Object.keys(metadata.annotations ?? {}).flatMap((name) => {
    const suffix = /^metallb\.(?:io|universe\.tf)\/(.*)$/.exec(name)?.[1]
    if (suffix === undefined || known.includes(suffix)) return []
    const hint = didYouMean(suffix, known)
    return hint === '' ? [] : [{ name, hint }]
  })
}
