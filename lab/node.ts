/* One node of a lab: a network namespace, and what can be done in and to it. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

import { Capture, type CaptureOptions } from './capture.ts'
import { type CommandOptions, type CommandResult, execute, ipBatch, run } from './command.ts'
import { type Forward, forwardKey, renderForwards } from './forward.ts'
import { type Direction, renderLoss } from './loss.ts'
import { macAddress, portName } from './names.ts'
import { LabProcess, type SpawnOptions } from './process.ts'
import { interfaceName, type NodeSpec } from './spec.ts'

/** What a node knows of its lab. */
export interface NodePlace {
  readonly name: string
  readonly index: number
  readonly spec: NodeSpec
  readonly netns: string
  /** Namespace of the bridges. */
  readonly fabric: string
  /** The lab's directory. */
  readonly directory: string
}

export class LabNode {
  readonly name: string
  /** Name of the namespace, as `ip netns exec` takes it. */
  readonly netns: string
  /** File of the namespace, for setns(2). */
  readonly netnsPath: string
  /** A directory of this node's own, removed with the lab. */
  readonly directory: string
  readonly #place: NodePlace
  readonly #forwards = new Map<string, Forward>()

  constructor(place: NodePlace) {
    this.#place = place
    this.name = place.name
    this.netns = place.netns
    this.netnsPath = join('/run/netns', place.netns)
    this.directory = join(place.directory, place.name)
    mkdirSync(this.directory)
  }

  /** What runs `argv` in this namespace, for one's own spawn. The program takes the place of `ip`: no extra process. */
  argv(argv: readonly string[]): string[] {
    return ['ip', 'netns', 'exec', this.netns, ...argv]
  }

  /** Runs to the end, whatever the exit status. */
  exec(argv: readonly string[], options?: CommandOptions): Promise<CommandResult> {
    return execute(this.argv(argv), options)
  }

  /** Runs to the end and returns stdout; any other end than exit status 0 rejects with what was printed. */
  run(argv: readonly string[], options?: CommandOptions): Promise<string> {
    return run(this.argv(argv), options)
  }

  /** Starts a program that runs until it is stopped, or the lab is disposed of. */
  spawn(argv: readonly string[], options: SpawnOptions = {}): LabProcess {
    return new LabProcess(this.argv(argv), { name: `${this.name}: ${argv[0] ?? ''}`, ...options })
  }

  /** Lines for `ip -batch` in this namespace: `addr add …`, `route del …`. */
  ip(...lines: string[]): Promise<void> {
    return ipBatch(lines, this.netns)
  }

  // Faults

  /** Takes the interface down as an administrator does: its routes go, and the node knows. */
  linkDown(name = 'eth0'): Promise<void> {
    return this.ip(`link set ${name} down`)
  }

  /** Addresses are still there; routes through a gateway have to be added again. */
  linkUp(name = 'eth0'): Promise<void> {
    return this.ip(`link set ${name} up`)
  }

  /** Pulls the cable out at the far end: the node loses carrier, and sees it. */
  async unplug(name = 'eth0'): Promise<void> {
    await ipBatch([`link set ${this.port(name)} down`], this.#place.fabric)
  }

  async plug(name = 'eth0'): Promise<void> {
    await ipBatch([`link set ${this.port(name)} up`], this.#place.fabric)
  }

  /** Breaks the path silently: carrier stays, frames reach nobody and none arrive. */
  async cutLink(name = 'eth0'): Promise<void> {
    await ipBatch([`link set ${this.port(name)} nomaster`], this.#place.fabric)
  }

  async healLink(name = 'eth0'): Promise<void> {
    const { segment } = this.#interface(name)
    await ipBatch([`link set ${this.port(name)} master ${segment}`], this.#place.fabric)
  }

  /**
   * Loses this share of the frames, picked at random, in either direction or one; 0 loses none again. The frames are
   * dropped at the far end of the cable, by nftables: it needs no queueing discipline, and the node does not see it.
   */
  lose(percent: number, name = 'eth0', direction?: Direction): Promise<void> {
    return this.#fabric(renderLoss(this.port(name), percent, direction))
  }

  // What the kernel knows

  /** Neighbour table, both families. */
  async neighbours(name?: string): Promise<Neighbour[]> {
    return this.#json(['neigh', 'show', ...(name === undefined ? [] : ['dev', name])])
  }

  /** Main table of one family. */
  async routes(family: 'IPv4' | 'IPv6' = 'IPv4'): Promise<Route[]> {
    return this.#json([family === 'IPv4' ? '-4' : '-6', 'route', 'show'])
  }

  async links(): Promise<Link[]> {
    return this.#json(['addr', 'show'])
  }

  /** The MAC address the interface was given. */
  mac(name = 'eth0'): string {
    const { index, mac } = this.#interface(name)
    return mac ?? macAddress(this.#place.index, index)
  }

  /** Names and given addresses with their prefix lengths, in order. */
  get interfaces(): readonly { readonly name: string; readonly addresses: readonly string[] }[] {
    return this.#place.spec.interfaces.map((face, index) => ({
      name: interfaceName(face, index),
      addresses: face.addresses ?? [],
    }))
  }

  /** First address of the family given to the interface, without its prefix length. */
  address(family: 'IPv4' | 'IPv6' = 'IPv4', name = 'eth0'): string {
    const found = this.#interface(name).addresses?.find((text) => text.includes(':') === (family === 'IPv6'))
    if (found === undefined) throw new Error(`${this.name}: ${name} has no ${family} address`)
    return found.split('/')[0] ?? ''
  }

  /** Starts tcpdump and waits until it listens. */
  async capture(name: string, filter: string, { pcap }: CaptureOptions = {}): Promise<Capture> {
    const argv = ['tcpdump', '-tt', '-e', '-n', '-l', '--immediate-mode', '-Z', 'root', '-i', name]
    const process = this.spawn([...argv, ...(pcap === undefined ? [] : ['-w', pcap, '--print']), filter])
    await process.waitForLine(/listening on/)
    return new Capture(process)
  }

  // Services

  /** Sends the service's traffic that reaches this node to a backend. The same address, protocol and port replaces. */
  async forwardService(forward: Forward): Promise<void> {
    this.#forwards.set(forwardKey(forward), forward)
    await this.#loadForwards()
  }

  async unforwardService(service: Pick<Forward, 'address' | 'port' | 'protocol'>): Promise<void> {
    this.#forwards.delete(forwardKey(service))
    await this.#loadForwards()
  }

  async #loadForwards(): Promise<void> {
    await this.run(['nft', '-f', '-'], { stdin: renderForwards([...this.#forwards.values()]) })
  }

  /** Loads an nftables script where the bridges are. */
  async #fabric(script: string): Promise<void> {
    await run(['ip', 'netns', 'exec', this.#place.fabric, 'nft', '-f', '-'], { stdin: script })
  }

  async #json<T>(args: readonly string[]): Promise<T[]> {
    const out = await run(['ip', '-j', '-n', this.netns, ...args])
    return JSON.parse(out.trim() === '' ? '[]' : out) as T[]
  }

  #interface(name: string): NodeSpec['interfaces'][number] & { readonly index: number } {
    const { interfaces } = this.#place.spec
    const index = interfaces.findIndex((face, i) => interfaceName(face, i) === name)
    const found = interfaces[index]
    if (found === undefined)
      throw new Error(
        `${this.name}: no interface ${name}; it has ${interfaces.map(interfaceName).join(', ')}`,
      )
    return { ...found, index }
  }

  /** The bridge's end of the cable. */
  port(name = 'eth0'): string {
    this.#interface(name)
    return portName(this.#place.index, name)
  }
}

/** As `ip -j neigh` gives it. */
export interface Neighbour {
  readonly dst: string
  readonly dev: string
  readonly lladdr?: string
  readonly state: readonly string[]
  readonly router?: null
}

/** As `ip -j route` gives it. */
export interface Route {
  /** `default` or a prefix; a host route has no length. */
  readonly dst: string
  readonly gateway?: string
  readonly dev?: string
  readonly protocol: string
  readonly metric?: number
  readonly prefsrc?: string
  /** Of a route with several. */
  readonly nexthops?: readonly { readonly gateway?: string; readonly dev: string; readonly weight: number }[]
  readonly flags: readonly string[]
}

/** As `ip -j addr` gives it. */
export interface Link {
  readonly ifindex: number
  readonly ifname: string
  readonly address: string
  readonly mtu: number
  readonly operstate: string
  readonly flags: readonly string[]
  readonly addr_info: readonly {
    readonly family: string
    readonly local: string
    readonly prefixlen: number
  }[]
}
