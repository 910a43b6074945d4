/* Which Services are ours: type LoadBalancer, and of the class this process was told to serve. */
import { nameOf, type ServiceObject } from '../model/objects.ts'
import type { Refusal } from './refusal.ts'

/** `undefined` = ours; else why the Service is somebody else's business. */
export function notOurs(service: ServiceObject, lbClass = ''): Refusal | undefined {
  const { type = 'ClusterIP', loadBalancerClass: found = '' } = service.spec
  if (type !== 'LoadBalancer') {
    return { reason: 'NotLoadBalancer', message: `${nameOf(service)} is of type ${type}, not LoadBalancer` }
  }
  if (found === lbClass) return undefined
  return {
    reason: 'ClassMismatch',
    message: `${nameOf(service)} has ${classText(found)}; this Herald serves Services with ${classText(lbClass)} (--lb-class)`,
  }
}

function classText(name: string): string {
  return name === '' ? 'no loadBalancerClass' : `loadBalancerClass ${JSON.stringify(name)}`
}
