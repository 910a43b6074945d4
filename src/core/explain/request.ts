/* What the Service asks for, as it is written in its manifest. */
import { annotationOf } from '../allocator/annotations.ts'
import type { ServiceObject } from '../model/objects.ts'

export interface Request {
  readonly pool?: string
  /** As written: a list separated by commas, or one address. */
  readonly addresses?: string
  readonly sharingKey?: string
  readonly loadBalancerClass?: string
  readonly ipFamilies: readonly string[]
  readonly ipFamilyPolicy: string
  readonly externalTrafficPolicy: string
}

export function requestOf(service: ServiceObject): Request {
  const { spec } = service
  const pool = annotationOf(service, 'address-pool')
  const addresses = annotationOf(service, 'loadBalancerIPs') ?? spec.loadBalancerIP
  const sharingKey = annotationOf(service, 'allow-shared-ip')
  return {
    ...(pool === undefined ? {} : { pool }),
    ...(addresses === undefined ? {} : { addresses }),
    ...(sharingKey === undefined ? {} : { sharingKey }),
    ...(spec.loadBalancerClass === undefined ? {} : { loadBalancerClass: spec.loadBalancerClass }),
    ipFamilies: spec.ipFamilies ?? [],
    ipFamilyPolicy: spec.ipFamilyPolicy ?? 'SingleStack',
    externalTrafficPolicy: spec.externalTrafficPolicy ?? 'Cluster',
  }
}
