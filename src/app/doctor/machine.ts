/* The checks of one node, on what its kernel says: no answer here needs a cluster. */
import { fault, ok, warning, type Finding } from './finding.ts'

export interface NetworkInterface {
  readonly name: string
  readonly up: boolean
  readonly mtu: number
  /** `ethernet`, `loopback`, or the kernel's DEVTYPE: `vxlan`, `bridge`, `vlan`, `wlan`. */
  readonly type: string
  readonly hasIPv6: boolean
  /** net.ipv4.conf.*; the larger of `all` and the interface's own counts. */
  readonly rpFilter: number
  readonly arpIgnore: number
  readonly arpAnnounce: number
}

export interface Listener {
  readonly protocol: 'tcp' | 'udp'
  readonly port: number
  /** Command of the process, where it can be seen. */
  readonly process?: string
}

export interface Machine {
  readonly interfaces: readonly NetworkInterface[]
  readonly listeners: readonly Listener[]
  /** Names without `CAP_`, of those this process has. */
  readonly capabilities: ReadonlySet<string>
}

export interface Expectation {
  readonly bgpBackend: string
  readonly heartbeatPort: number
}

/** `kube-ipvs0` carries every Service address of a node whose kube-proxy uses IPVS. */
const ipvsDevice = 'kube-ipvs0'

export function checkMachine(machine: Machine, expected: Expectation): Finding[] {
  return [
    checkCapabilities(machine, expected),
    checkStrictArp(machine),
    ...checkReversePath(machine),
    checkBgpPort(machine, expected),
    checkHeartbeatPort(machine, expected),
    ...checkMtu(machine),
  ]
}

function checkCapabilities({ capabilities }: Machine, { bgpBackend }: Expectation): Finding {
  const needed = ['NET_RAW', ...(bgpBackend === 'native-bgp' ? ['NET_BIND_SERVICE'] : [])]
  const missing = needed.filter((name) => !capabilities.has(name))
  if (missing.length === 0) return ok('capabilities', `has ${needed.join(' and ')}`)
  const uses = missing.map((name) => (name === 'NET_RAW' ? 'answer ARP and NDP' : 'listen on port 179'))
  const make = missing.includes('NET_RAW') ? fault : warning
  return make(
    'capabilities',
    `found no ${missing.join(', ')}, without which Herald cannot ${uses.join(' or ')}`,
    `run as uid 0 with ${missing.join(', ')} under securityContext.capabilities.add, as deploy/kustomize has it`,
  )
}

function checkStrictArp({ interfaces }: Machine): Finding {
  const check = 'strict ARP'
  if (!interfaces.some(({ name }) => name === ipvsDevice))
    return ok(check, 'kube-proxy does not use IPVS here')
  const loose = namesOf(
    interfaces.filter(
      ({ name, type, arpIgnore, arpAnnounce }) =>
        name !== ipvsDevice && type !== 'loopback' && (arpIgnore < 1 || arpAnnounce < 2),
    ),
  )
  if (loose.length === 0) return ok(check, 'the kernel answers ARP only for addresses of the interface asked')
  return fault(
    check,
    `found kube-proxy in IPVS mode without strict ARP on ${loose.join(', ')}: every node answers for every Service`,
    'set ipvs.strictARP: true in the ConfigMap kube-system/kube-proxy and restart kube-proxy',
  )
}

/** RFC 3704: strict mode drops what comes in by another interface than the answer would leave by. */
function checkReversePath({ interfaces }: Machine): Finding[] {
  const check = 'reverse path filter'
  const outside = interfaces.filter(({ type, up }) => up && type !== 'loopback')
  const strict = namesOf(outside.filter(({ rpFilter }) => rpFilter === 1))
  if (strict.length === 0) return [ok(check, 'not strict on any interface')]
  const message = `found strict mode on ${strict.join(', ')}: requests from networks reached by another interface are dropped`
  const remedy = `sysctl -w ${strict.map((name) => `net.ipv4.conf.${name}.rp_filter=2`).join(' ')}, and the same in /etc/sysctl.d`
  // With one way out there is no other interface to come in by.
  return [
    outside.length > 1
      ? warning(check, message, remedy)
      : ok(check, `strict on ${strict.join(', ')}, the only way out`),
  ]
}

function checkBgpPort({ listeners }: Machine, { bgpBackend }: Expectation): Finding {
  const check = 'port 179'
  const taken = listeners.find(({ protocol, port }) => protocol === 'tcp' && port === 179)
  if (taken === undefined) return ok(check, 'free')
  if (isOurs(taken, bgpBackend)) return ok(check, `held by ${taken.process}`)
  const remedy =
    bgpBackend === 'native-bgp'
      ? 'peer with the other BGP speaker instead, or set plugins.native-bgp.listenPort to 0: Herald then only connects'
      : `stop the other BGP speaker, or have ${bgpBackend} listen elsewhere`
  return warning(
    check,
    `found it taken by ${taken.process ?? 'a process that cannot be seen from here'}`,
    remedy,
  )
}

function checkHeartbeatPort({ listeners }: Machine, { heartbeatPort }: Expectation): Finding {
  const check = `heartbeat port ${heartbeatPort}`
  const taken = listeners.find(({ protocol, port }) => protocol === 'udp' && port === heartbeatPort)
  if (taken === undefined) return ok(check, 'free, or no speaker runs')
  if (taken.process === undefined || isOurs(taken, 'herald')) return ok(check, 'in use, as a speaker has it')
  return fault(
    check,
    `found it taken by ${taken.process}`,
    'give every speaker the same other port with --heartbeat-port, or stop that process',
  )
}

const daemons: Readonly<Record<string, RegExp>> = {
  'native-bgp': /herald/,
  herald: /herald/,
  frr: /bgpd/,
  gobgp: /gobgpd|herald/,
}

function isOurs({ process = '' }: Listener, backend: string): boolean {
  return daemons[backend]?.test(process) ?? false
}

/** Bytes of VXLAN, UDP, IP and Ethernet headers around a frame (RFC 7348 §5). */
const vxlanOverhead = 50
/** RFC 8200 §5. */
const leastIPv6Mtu = 1280

function checkMtu({ interfaces }: Machine): Finding[] {
  const check = 'MTU'
  const up = interfaces.filter(({ up, type }) => up && type !== 'loopback')
  const uplinks = up.filter(({ type }) => type === 'ethernet').map(({ mtu }) => mtu)
  const widest = Math.max(0, ...uplinks)
  const tooWide = up.filter(({ type, mtu }) => type === 'vxlan' && widest > 0 && mtu > widest - vxlanOverhead)
  const tooNarrow = up.filter(({ hasIPv6, mtu }) => hasIPv6 && mtu < leastIPv6Mtu)
  const findings = [
    ...tooWide.map(({ name, mtu }) =>
      fault(
        check,
        `found ${mtu} on ${name}, which does not fit into ${widest} with its headers: large answers are lost`,
        `set the MTU of the overlay to at most ${widest - vxlanOverhead} in the configuration of the network plugin`,
      ),
    ),
    ...tooNarrow.map(({ name, mtu }) =>
      fault(
        check,
        `found ${mtu} on ${name}, which has IPv6 addresses; IPv6 needs ${leastIPv6Mtu}`,
        `ip link set ${name} mtu 1500, if the network behind it carries that`,
      ),
    ),
  ]
  return findings.length > 0 ? findings : [ok(check, `${widest === 0 ? 'nothing' : widest} on the way out`)]
}

function namesOf(interfaces: readonly NetworkInterface[]): string[] {
  return interfaces.map(({ name }) => name).sort()
}
