/* The annotations by which a Service makes requests, in their present and their former spelling. */
import type { ServiceObject } from '../model/objects.ts'

type Suffix = 'address-pool' | 'loadBalancerIPs' | 'allow-shared-ip'

/** The present spelling wins by being there, even with an empty value. */
export function annotationOf({ metadata }: ServiceObject, suffix: Suffix): string | undefined {
  const annotations = metadata.annotations
  if (annotations === undefined) return undefined
  return annotations[`metallb.io/${suffix}`] ?? annotations[`metallb.universe.tf/${suffix}`]
}
