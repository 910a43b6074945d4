/*
 * Two thousand addresses move from one node to another at once: what goes over the segment, and when a client knows. Then
 * which announcements the client's kernel takes, by the age of what it knows (Linux locks an entry for a second).
 */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { runPollLoopIfWorker } from '#app/poll-loop.ts'
import type { Address } from '#core/model/address.ts'
import { createLab, until, type Lab, type LabNode } from '#lab/index.ts'
import { ETH_P_ARP } from '#platform/linux/constants.ts'
import * as libc from '#platform/linux/libc.ts'
import { openPacketSocket } from '#platform/linux/packet-socket.ts'
import { gratuitousFrames } from '#plugins/l2/gratuitous.ts'
import { decodeArp, encodeArp } from '#plugins/l2/wire/arp.ts'
import { BROADCAST, macText } from '#plugins/l2/wire/ethernet.ts'
import { PcapFile } from '../failover/pcap.ts'
import { L2Node } from '../system/l2-node.ts'
import { obeyStandardInput } from '../system/l2-obey.ts'
import type { BenchResult } from './result.ts'
import { inNamespace } from './support/in-namespace.ts'

const RESPONDER = '--responder'
// This file is also the responder's program and its poll-loop worker.
if (!runPollLoopIfWorker() && process.argv.includes(RESPONDER)) await obeyStandardInput()

const MOVED = 2000
/** So many of them the client has talked to; the kernel keeps 1,024 neighbours by default. */
const KNOWN = 500
/** Longer than all rounds. */
const ROUNDS = 6000
const AGES = [0, 100, 300, 600, 900, 1200]

type Row = BenchResult['rows'][number]

export default async function bench(): Promise<BenchResult> {
  const lab = await createLab({
    segments: { lan: {} },
    nodes: {
      before: { interfaces: [{ segment: 'lan', addresses: ['10.0.255.1/16'] }] },
      after: { interfaces: [{ segment: 'lan', addresses: ['10.0.255.2/16'] }] },
      client: { interfaces: [{ segment: 'lan', addresses: ['10.0.255.100/16'] }] },
    },
  })
  try {
    const rows = [...(await move(lab)), ...(await lockTime(lab))]
    return { title: 'Two thousand addresses move at once', command: 'npm run bench -- bursts', rows }
  } finally {
    await lab.dispose()
  }
}

async function move(lab: Lab): Promise<readonly Row[]> {
  const [client, after] = [lab.node('client'), lab.node('after')]
  const addresses = Array.from({ length: MOVED }, (_, i) => `10.0.${i >> 8}.${i & 255}`)
  const script = fileURLToPath(import.meta.url)
  const [former, next] = ['before', 'after'].map((name) => new L2Node(lab.node(name), script, RESPONDER))
  try {
    await former?.reconcile(...addresses)
    await sleep(ROUNDS)
    const known = addresses.slice(0, KNOWN)
    await client.ip(
      ...known.map((to) => `neigh replace ${to} lladdr ${lab.node('before').mac()} dev eth0 nud reachable`),
    )
    const path = join(client.directory, 'bursts.pcap')
    const options = [
      '-n',
      '-U',
      '-Z',
      'root',
      '-s',
      '64',
      '-B',
      '8192',
      '--immediate-mode',
      '-i',
      'eth0',
      '-w',
      path,
    ]
    const capture = client.spawn(['tcpdump', ...options, 'arp'])
    await capture.waitForLine(/listening on/)
    const began = Date.now()
    await former?.reconcile()
    const served = next?.reconcile(...addresses)
    await until('the client to know where all are', () => allAt(client, known, after.mac()), {
      interval: 25,
      timeout: 20_000,
    })
    const knew = Date.now() - began
    await served
    await sleep(ROUNDS)
    await capture.stop()
    return rowsOf(new PcapFile(path), began, knew, after.mac())
  } finally {
    await Promise.all([former?.stop(), next?.stop()])
  }
}

async function allAt(client: LabNode, addresses: readonly string[], mac: string): Promise<boolean> {
  const table = new Map((await client.neighbours('eth0')).map(({ dst, lladdr }) => [dst, lladdr]))
  return addresses.every((address) => table.get(address) === mac)
}

function rowsOf(file: PcapFile, began: number, knew: number, mac: string): readonly Row[] {
  const [first, times] = [new Map<string, number>(), [] as number[]]
  let probes = 0
  for (const { at, frame } of file.read()) {
    const arp = decodeArp(frame)
    if (typeof arp === 'string' || macText(arp.source) !== mac) continue
    times.push(at)
    const { address } = arp.sender
    if (address === '0.0.0.0') probes++
    else if (!first.has(address)) first.set(address, at - began)
  }
  const told = [...first.values()].toSorted((a, b) => a - b)
  return [
    {
      what: `${MOVED} addresses: until the first, half, all were announced`,
      value:
        [told[0], told[told.length >> 1], told.at(-1)].map((ms) => `${ms?.toFixed(0)}`).join(', ') + ' ms',
      anchor: `${told.length} of ${MOVED} announced`,
    },
    { what: `until the kernel of a client that knew ${KNOWN} had all of them right`, value: `${knew} ms` },
    {
      what: 'frames of the node in the busiest second, and in the busiest 10 ms',
      value: `${busiest(times, 1000)}, ${busiest(times, 10)}`,
      anchor: 'gratuitousPerSecond: 10,000 announcements of two frames',
      aim: '≤ 20,000 a second',
    },
    { what: 'frames in all: probes, announcements', value: `${probes}, ${times.length - probes}` },
  ]
}

/** The most that fall into a window of so many milliseconds. */
function busiest(times: readonly number[], window: number): number {
  let [from, most] = [0, 0]
  for (const [to, at] of times.entries()) {
    while (at - (times[from] ?? at) >= window) from++
    most = Math.max(most, to - from + 1)
  }
  return most
}

/** By the age of the entry that it would replace. */
async function lockTime(lab: Lab): Promise<readonly Row[]> {
  const [announcement = new Uint8Array(), replyForm = new Uint8Array()] = gratuitousFrames(TRIED, FAKE)
  const client = lab.node('client')
  const destination = Uint8Array.from(client.mac().split(':'), (octet) => Number.parseInt(octet, 16))
  const target = { mac: destination, address: client.address() as Address }
  const common = { source: FAKE, operation: 'reply', sender: { mac: FAKE, address: TRIED }, target } as const
  const frames = {
    'an announcement': announcement,
    'its reply form': replyForm,
    'an unasked reply to the client': encodeArp({ ...common, destination }),
    'a reply to the client by broadcast': encodeArp({ ...common, destination: BROADCAST }),
  }
  const rows: Row[] = []
  for (const [what, frame] of Object.entries(frames)) {
    const taken: string[] = []
    for (const age of AGES) if (await takes(lab, frame, age)) taken.push(`${age}`)
    const value = `taken with entries ${taken.join(', ') || 'of no age'} ms old`
    rows.push({ what: `${what}, entries of ${AGES.join(', ')} ms`, value })
  }
  return rows
}

const TRIED = '10.0.200.1' as Address
const FAKE = Uint8Array.of(2, 0xbb, 0, 0, 0, 1)

async function takes(lab: Lab, frame: Uint8Array, age: number): Promise<boolean> {
  const client = lab.node('client')
  const former = lab.node('before').mac()
  // The age counts from the last change of the hardware address.
  await client.ip(
    `neigh replace ${TRIED} lladdr 02:cc:00:00:00:01 dev eth0 nud reachable`,
    `neigh replace ${TRIED} lladdr ${former} dev eth0 nud reachable`,
  )
  await sleep(age)
  inNamespace(lab.node('after').netnsPath, () => {
    const socket = openPacketSocket(ETH_P_ARP, libc.interfaceIndex('eth0'))
    socket.send(frame)
    socket.close()
  })
  await sleep(20)
  return allAt(client, [TRIED], macText(FAKE))
}
