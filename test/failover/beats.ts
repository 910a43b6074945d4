/* How evenly heartbeats come, as the kernel of a receiver sees it, while the senders' main threads have much to do. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { service, type Heralds } from './heralds.ts'
import { PcapFile } from './pcap.ts'
import type { Segment } from './segment.ts'

const span = 60_000
const services = 1000
/** Milliseconds. */
const together = 5

/** Milliseconds from one sign of life of a sender to its next. */
export async function measureBeats(
  segment: Segment,
  heralds: Heralds,
): Promise<{ readonly idle: readonly number[]; readonly loaded: readonly number[] }> {
  await heralds.start()
  await sleep(3000)
  const idle = await gaps(segment, () => sleep(span))
  const loaded = await gaps(segment, async () => {
    const end = performance.now() + span
    for (let round = 0; performance.now() < end; round++) {
      const many = Array.from({ length: services }, (_, index) => service(`s${index}-${round % 2}`))
      heralds.put('many.json', ...many)
      await sleep(250)
    }
  })
  return { idle, loaded }
}

async function gaps(segment: Segment, while_: () => Promise<unknown>): Promise<readonly number[]> {
  const [receiver = '', ...senders] = segment.names
  const node = segment.node(receiver)
  const path = join(node.directory, `beats-${Date.now()}.pcap`)
  const options = ['-n', '-U', '-Z', 'root', '-s', '64', '--immediate-mode', '-i', 'eth0', '-w', path]
  const capture = node.spawn(['tcpdump', ...options, 'udp', 'port', '7473', 'and', 'inbound'])
  await capture.waitForLine(/listening on/)
  await while_()
  await capture.stop()
  const packets = new PcapFile(path).read()
  return senders.flatMap((sender) => {
    const mac = segment.node(sender).mac()
    const times = signs(packets.filter(({ frame }) => macOf(frame) === mac).map(({ at }) => at))
    return times.slice(1).map((at, index) => at - (times[index] ?? at))
  })
}

/** Datagrams close together, as news of many addresses are, count as one sign of life. */
function signs(times: readonly number[]): readonly number[] {
  const kept: number[] = []
  for (const at of times) if (at - (kept.at(-1) ?? 0) >= together) kept.push(at)
  return kept
}

function macOf(frame: Uint8Array): string {
  return [...frame.subarray(6, 12)].map((byte) => byte.toString(16).padStart(2, '0')).join(':')
}
