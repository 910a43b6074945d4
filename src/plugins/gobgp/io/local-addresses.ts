/* By which addresses this node reaches a neighbour: asked of the kernel, without sending anything. */
import { createSocket } from 'node:dgram'
import { networkInterfaces } from 'node:os'

import { familyOf, parseAddress, type Address, type Family } from '#core/model/address.ts'

/** The source address of the session, and an address of the other family of the same interface. */
export async function localAddresses(
  neighbor: Address,
  source: Address | undefined,
): Promise<{ readonly [F in Family]?: Address }> {
  const own = source ?? (await sourceTowards(neighbor))
  if (own === undefined) return {}
  const other = siblings(own).find((address) => familyOf(address) !== familyOf(own))
  return { [familyOf(own)]: own, ...(other && { [familyOf(other)]: other }) }
}

/** Connecting a UDP socket makes the kernel choose a route and a source address, and sends no packet. */
function sourceTowards(neighbor: Address): Promise<Address | undefined> {
  const socket = createSocket(familyOf(neighbor) === 'IPv4' ? 'udp4' : 'udp6')
  return new Promise((resolve) => {
    const settle = (found: Address | undefined): void => {
      socket.close()
      resolve(found)
    }
    socket.once('error', () => settle(undefined))
    // The port matters to nobody: 179 is what the session will use.
    socket.connect(179, neighbor, () => settle(parseAddress(socket.address().address)))
  })
}

/** All addresses of the interface that has `own`; link-local ones are no next hop for a router behind the link. */
function siblings(own: Address): Address[] {
  const all = Object.values(networkInterfaces()).find((addresses) =>
    addresses?.some(({ address }) => parseAddress(address) === own),
  )
  return (all ?? []).flatMap(({ address, internal }) => {
    const parsed = parseAddress(address)
    return parsed === undefined || internal || address.toLowerCase().startsWith('fe80:') ? [] : [parsed]
  })
}
