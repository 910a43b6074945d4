import type { Refusal } from './refusal.ts'
import type { Quarantined } from '../model/facts.ts'
import { quote } from '../model/wording.ts'

export function inQuarantine({ address, hardwareAddress, via, node, until }: Quarantined): Refusal {
  return {
    reason: 'AddressQuarantined',
    message: `${quote(address)} is in quarantine until ${until}: ${hardwareAddress} answers for it on ${via} of ${node}`,
  }
}
