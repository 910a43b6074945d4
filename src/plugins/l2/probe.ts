/* The frame that asks whether somebody holds an address, without claiming it. */
import { bytesOf, familyOf, type Address } from '#core/model/address.ts'
import { solicitedNodeGroup } from './subnet.ts'
import { encodeArp } from './wire/arp.ts'
import { BROADCAST, multicastMac, NO_MAC, type Mac } from './wire/ethernet.ts'
import { encodeSolicitation, UNSPECIFIED } from './wire/ndp.ts'

/** IPv4: an ARP probe (RFC 5227 §2.1.1). IPv6: a solicitation of duplicate address detection (RFC 4862 §5.4.2). */
export function probeFrame(address: Address, mac: Mac): Uint8Array {
  if (familyOf(address) === 'IPv6') {
    const group = solicitedNodeGroup(address)
    return encodeSolicitation(
      { source: UNSPECIFIED, destination: group, target: address },
      { source: mac, destination: multicastMac(bytesOf(group)) },
    )
  }
  return encodeArp({
    destination: BROADCAST,
    source: mac,
    operation: 'request',
    sender: { mac, address: '0.0.0.0' as Address },
    target: { mac: NO_MAC, address },
  })
}
