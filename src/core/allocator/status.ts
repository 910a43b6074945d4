/* `status.loadBalancer`: the record of an allocation that outlives the process. */
import { parseAddress, type Address } from '../model/address.ts'
import type { ServiceObject } from '../model/objects.ts'

const none: readonly Address[] = []

/** In the order of the entries; those that are no IP address (host names) are not ours to keep. */
export function statusAddresses({ status }: ServiceObject): readonly Address[] {
  const entries = status?.loadBalancer?.ingress
  if (entries === undefined || entries.length === 0) return none
  const addresses = entries.map(({ ip = '' }) => parseAddress(ip))
  return addresses.every(isAddress) ? addresses : addresses.filter(isAddress)
}

function isAddress(address: Address | undefined): address is Address {
  return address !== undefined
}

/** The order does not matter. */
export function sameAddresses(a: readonly Address[], b: readonly Address[]): boolean {
  return a.length === b.length && a.every((address) => b.includes(address))
}
