/*
 * A segment with nodes that serve one address, seen from outside:
 *
 *   client (UDP, its kernel's own neighbour cache) ┐
 *   asker (ARP questions, never through a cache)   ├── lan ── node1 … nodeN ── back ── backend
 *
 * Every node forwards the address to the backend as kube-proxy does, whoever answers for it. What the client and the
 * asker see is captured with the kernel's timestamps.
 */
import { join } from 'node:path'

import type { Address } from '#core/model/address.ts'
import { Backend, createLab, until, type Lab, type LabNode, type LabProcess } from '#lab/index.ts'
import { PcapFile } from './pcap.ts'
import { sightingsOf, type Sighting, type Sightings } from './sightings.ts'

export const servedAddress = '10.20.255.1' as Address
const port = 9999
const backendAddress = '10.30.0.2'

export interface Pace {
  /** Milliseconds between two datagrams; 0: none. */
  readonly udp: number
  /** Milliseconds between two ARP questions; 0: none. */
  readonly arp: number
}

export class Segment {
  readonly lab: Lab
  readonly names: readonly string[]
  readonly #captures: PcapFile[] = []
  readonly #processes: LabProcess[] = []
  readonly #seen: Sightings = { arp: [], announced: [], asked: [], answered: [] }

  static async make(nodes: number): Promise<Segment> {
    const names = Array.from({ length: nodes }, (_, index) => `node${index + 1}`)
    const lab = await createLab({
      segments: { lan: {}, back: {} },
      nodes: {
        ...Object.fromEntries(names.map((name, index) => [name, nodeAt(index)])),
        client: { interfaces: [{ segment: 'lan', addresses: ['10.20.0.2/16'] }] },
        asker: { interfaces: [{ segment: 'lan', addresses: ['10.20.0.3/16'] }] },
        backend: { interfaces: [{ segment: 'back', addresses: [`${backendAddress}/16`] }] },
      },
    })
    try {
      const backends = [{ address: backendAddress, port }]
      const forward = { address: servedAddress, port, protocol: 'UDP', backends } as const
      for (const name of names) await lab.node(name).forwardService(forward)
      await new Backend(lab.node('backend'), { podName: 'echo', tcpPorts: [], udpPorts: [port] }).start()
      return new Segment(lab, names)
    } catch (error) {
      await lab.dispose()
      throw error
    }
  }

  private constructor(lab: Lab, names: readonly string[]) {
    this.lab = lab
    this.names = names
  }

  node(name: string): LabNode {
    return this.lab.node(name)
  }

  /** Starts asking and capturing. */
  async watch({ udp, arp }: Pace): Promise<void> {
    const { lab } = this
    await this.#capture(lab.node('client'), `arp or udp port ${port}`)
    await this.#capture(lab.node('asker'), `arp host ${servedAddress}`)
    const source = `(${askByUdp.toString()})(${JSON.stringify({ address: servedAddress, port, every: udp })})`
    if (udp > 0) this.#processes.push(lab.node('client').spawn([process.execPath, '-e', source]))
    const arping = ['arping', '-q', '-W', String(arp / 1000), '-I', 'eth0', servedAddress]
    if (arp > 0) this.#processes.push(lab.node('asker').spawn(arping))
  }

  /** Ends asking and capturing. */
  async rest(): Promise<void> {
    await Promise.all(this.#processes.splice(0).map((process) => process.stop()))
    this.look()
    this.#captures.splice(0)
  }

  async #capture(node: LabNode, filter: string): Promise<void> {
    const path = join(node.directory, `${this.#captures.length}-${Date.now()}.pcap`)
    const argv = ['tcpdump', '-n', '-U', '-Z', 'root', '-s', '300', '-B', '4096', '--immediate-mode']
    const process = node.spawn([...argv, '-i', 'eth0', '-w', path, filter])
    await process.waitForLine(/listening on/)
    this.#processes.push(process)
    this.#captures.push(new PcapFile(path))
  }

  /** Everything that was seen so far, in the order of time; ARP replies as the asker got them. */
  look(): Sightings {
    const [atClient, atAsker] = this.#captures
    if (atClient === undefined || atAsker === undefined) return this.#seen
    const [byUdp, byArp] = [
      sightingsOf(atClient.read(), servedAddress),
      sightingsOf(atAsker.read(), servedAddress),
    ]
    for (const kind of ['asked', 'answered', 'announced'] as const)
      (this.#seen[kind] as Sighting[]).push(...byUdp[kind])
    ;(this.#seen.arp as Sighting[]).push(...byArp.arp)
    return this.#seen
  }

  /** Forgets what was seen. */
  forget(): void {
    this.look()
    for (const list of Object.values(this.#seen)) (list as Sighting[]).length = 0
  }

  /** The node with this hardware address. */
  whoHas(mac: string): string | undefined {
    return this.names.find((name) => this.node(name).mac() === mac)
  }

  /** Waits until one node alone, other than `former`, has answered both ways for so long, and names it. */
  settled({ former = '', span = 200, timeout = 15_000 } = {}): Promise<string> {
    return until(
      `one node${former === '' ? '' : ` other than ${former}`} to answer for ${span} ms`,
      () => {
        const from = Date.now() - span
        const { arp, answered } = this.look()
        const recent = [arp, answered].map((list) => list.slice(-200).filter(({ at }) => at >= from))
        const macs = new Set(recent.flatMap((list) => list.map(({ mac }) => mac)))
        const [mac = ''] = macs
        const name = recent.every((list) => list.length > 3) && macs.size === 1 ? this.whoHas(mac) : undefined
        return name !== former && name
      },
      { timeout },
    )
  }

  dispose(): Promise<void> {
    return this.lab.dispose()
  }
}

function nodeAt(index: number) {
  const host = `${1 + Math.floor(index / 250)}.${1 + (index % 250)}`
  return {
    forwarding: true,
    interfaces: [
      { segment: 'lan', addresses: [`10.20.${host}/16`] },
      { segment: 'back', addresses: [`10.30.${host}/16`] },
    ],
  }
}

/** Runs in the client, as text. A timer that comes late makes up for it, so that the pace is kept. */
function askByUdp(to: { address: string; port: number; every: number }): void {
  const socket = process.getBuiltinModule('node:dgram').createSocket('udp4')
  socket.on('error', () => undefined)
  socket.on('message', () => undefined)
  let number = 0
  socket.connect(to.port, to.address, () => {
    let due = performance.now()
    setInterval(() => {
      for (; performance.now() >= due; due += to.every) socket.send(`#${++number}`, () => undefined)
    }, 1)
  })
}
