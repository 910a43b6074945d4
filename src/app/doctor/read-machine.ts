/* What the kernel says of this node, from /proc and /sys: no tools, for the image has none. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

import type { Listener, Machine, NetworkInterface } from './machine.ts'

export function readMachine(): Machine {
  return { interfaces: readInterfaces(), listeners: readListeners(), capabilities: readCapabilities() }
}

function readInterfaces(): NetworkInterface[] {
  const ipv6 = new Set(linesOf('/proc/net/if_inet6').map((line) => line.trim().split(/\s+/).at(-1)))
  return readdirSync('/sys/class/net')
    .filter((name) => textOf(`/sys/class/net/${name}/mtu`) !== undefined)
    .map((name) => ({
      name,
      up: (Number(textOf(`/sys/class/net/${name}/flags`) ?? 0) & 1) === 1,
      mtu: Number(textOf(`/sys/class/net/${name}/mtu`)),
      type: typeOf(name),
      hasIPv6: ipv6.has(name),
      rpFilter: sysctl(name, 'rp_filter'),
      arpIgnore: sysctl(name, 'arp_ignore'),
      arpAnnounce: sysctl(name, 'arp_announce'),
    }))
}

/** ARPHRD_LOOPBACK. */
const loopback = '772'

function typeOf(name: string): string {
  if (textOf(`/sys/class/net/${name}/type`) === loopback) return 'loopback'
  const devtype = linesOf(`/sys/class/net/${name}/uevent`).find((line) => line.startsWith('DEVTYPE='))
  return devtype?.slice('DEVTYPE='.length) ?? 'ethernet'
}

/** The kernel uses the larger of the two (Documentation/networking/ip-sysctl). */
function sysctl(name: string, setting: string): number {
  const values = ['all', name].map((of) => Number(textOf(`/proc/sys/net/ipv4/conf/${of}/${setting}`) ?? 0))
  return Math.max(...values)
}

function readListeners(): Listener[] {
  const owners = socketOwners()
  return (['tcp', 'tcp6', 'udp', 'udp6'] as const).flatMap((table) =>
    linesOf(`/proc/net/${table}`)
      .slice(1)
      .flatMap((line) => listenerOf(line, table.startsWith('tcp') ? 'tcp' : 'udp', owners)),
  )
}

/** TCP_LISTEN, and what a bound UDP socket is said to be. */
const listening = { tcp: '0A', udp: '07' } as const

function listenerOf(
  line: string,
  protocol: Listener['protocol'],
  owners: ReadonlyMap<string, string>,
): Listener[] {
  const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
  if (state !== listening[protocol]) return []
  const process = owners.get(inode)
  const port = Number.parseInt(local.split(':').at(-1) ?? '', 16)
  return [{ protocol, port, ...(process !== undefined && { process }) }]
}

/** Command by the inode of each socket; of processes that this one may look at. */
function socketOwners(): Map<string, string> {
  const owners = new Map<string, string>()
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const inode of socketsOf(pid)) owners.set(inode, commandOf(pid))
  }
  return owners
}

function socketsOf(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? []
      } catch {
        return []
      }
    })
  } catch {
    return []
  }
}

/** Program and script, without the arguments behind them, which may hold secrets. */
function commandOf(pid: string): string {
  const [program = pid, script = ''] = (textOf(`/proc/${pid}/cmdline`) ?? '').split('\0')
  return script.endsWith('.js') ? `${program} ${script}` : program
}

const capabilityBits: Readonly<Record<string, bigint>> = {
  NET_BIND_SERVICE: 10n,
  NET_ADMIN: 12n,
  NET_RAW: 13n,
}

function readCapabilities(): Set<string> {
  const line = linesOf('/proc/self/status').find((text) => text.startsWith('CapEff:')) ?? ''
  const mask = BigInt(`0x${line.split(/\s+/)[1] ?? '0'}`)
  return new Set(
    Object.entries(capabilityBits).flatMap(([name, bit]) => (((mask >> bit) & 1n) === 1n ? [name] : [])),
  )
}

function linesOf(path: string): string[] {
  return (textOf(path) ?? '').split('\n').filter((line) => line !== '')
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trimEnd()
  } catch {
    return undefined
  }
}
