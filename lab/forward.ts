/*
 * Service forwarding in a node, the kube-proxy's share of the work: destination translation to a backend, picked at
 * random per connection, as one nftables table that is replaced as a whole.
 */
import { familyOf, parseAddress } from '#core/model/address.ts'

export interface Forward {
  /** The service's address. */
  readonly address: string
  readonly port: number
  readonly protocol: 'TCP' | 'UDP'
  /** Of the address's family; none drops the traffic. */
  readonly backends: readonly { readonly address: string; readonly port: number }[]
  /** Keep the client's address (`externalTrafficPolicy: Local`). Default false: replies come back through this node. */
  readonly preserveClient?: boolean
}

/** Marks connections whose source is to be translated, as kube-proxy does. */
const MASQUERADE_MARK = '0x4000'

export function forwardKey({
  address,
  port,
  protocol,
}: Pick<Forward, 'address' | 'port' | 'protocol'>): string {
  return `${address} ${protocol} ${port}`
}

/** A script for `nft -f -` that makes exactly these forwards, whatever was there before. */
export function renderForwards(forwards: readonly Forward[]): string {
  const rules = forwards.map(renderForward)
  return `table inet herald_lab
delete table inet herald_lab
table inet herald_lab {
  chain services {
${rules.map((rule) => `    ${rule}\n`).join('')}  }
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    jump services
  }
  chain output {
    type nat hook output priority -100; policy accept;
    jump services
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    meta mark & ${MASQUERADE_MARK} == ${MASQUERADE_MARK} masquerade
  }
}
`
}

function renderForward(forward: Forward): string {
  const { address, port, protocol, backends } = forward
  const parsed = parseAddress(address)
  if (parsed === undefined) throw new Error(`forwardService: "${address}" is not an address`)
  const ip = familyOf(parsed) === 'IPv4' ? 'ip' : 'ip6'
  const match = `${ip} daddr ${parsed} ${protocol.toLowerCase()} dport ${port}`
  if (backends.length === 0) return `${match} drop`
  const mark = forward.preserveClient === true ? '' : ` meta mark set meta mark | ${MASQUERADE_MARK}`
  return `${match}${mark} dnat ${ip} to ${renderBackends(ip, backends)}`
}

function renderBackends(ip: 'ip' | 'ip6', backends: Forward['backends']): string {
  const [only] = backends
  if (backends.length === 1 && only !== undefined)
    return ip === 'ip' ? `${only.address}:${only.port}` : `[${only.address}]:${only.port}`
  const entries = backends.map(({ address, port }, index) => `${index} : ${address} . ${port}`)
  return `numgen random mod ${backends.length} map { ${entries.join(', ')} }`
}
