/* What the links of a host have received, as the kernel counts it. */
import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'

/**
 * Frames received so far on the links that have one of `addresses`; undefined when no link has, or the kernel does not
 * say. The count of a link begins anew when the link does.
 */
export function framesHeard(addresses: readonly string[]): number | undefined {
  const links = Object.entries(networkInterfaces())
    .filter(([, entries = []]) => entries.some(({ address }) => addresses.includes(address)))
    .map(([name]) => name)
  if (links.length === 0) return undefined
  let sum = 0
  for (const link of links) {
    const count = receivedOn(link)
    if (count === undefined) return undefined
    sum += count
  }
  return sum
}

function receivedOn(link: string): number | undefined {
  try {
    return Number(readFileSync(`/sys/class/net/${link}/statistics/rx_packets`, 'ascii'))
  } catch {
    return undefined
  }
}
