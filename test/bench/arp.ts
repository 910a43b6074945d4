/* How long a client waits for an ARP answer: from Herald and, in the same run and by the same clock, from the kernel. */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { Address } from '#core/model/address.ts'
import { runPollLoopIfWorker } from '#app/poll-loop.ts'
import { createLab, until, type LabNode } from '#lab/index.ts'
import { POLLIN } from '#platform/linux/constants.ts'
import * as libc from '#platform/linux/libc.ts'
import { L2Node } from '../system/l2-node.ts'
import { obeyStandardInput } from '../system/l2-obey.ts'
import type { BenchResult } from './result.ts'
import { arpQuestion } from './support/arp-question.ts'
import { inNamespace } from './support/in-namespace.ts'

const RESPONDER = '--responder'
// This file is also the responder's program and its poll-loop worker.
if (!runPollLoopIfWorker() && process.argv.includes(RESPONDER)) await obeyStandardInput()

const REQUESTS = 5000
const WARM_UP = 500
const KERNEL = '192.0.2.1' as Address
const HERALD = '192.0.2.10' as Address

export default async function bench(): Promise<BenchResult> {
  const lab = await createLab({
    segments: { lan: {} },
    nodes: {
      node: { interfaces: [{ segment: 'lan', addresses: [`${KERNEL}/24`] }] },
      client: { interfaces: [{ segment: 'lan', addresses: ['192.0.2.100/24'] }] },
    },
  })
  const [node, client] = [lab.node('node'), lab.node('client')]
  const l2 = new L2Node(node, fileURLToPath(import.meta.url), RESPONDER)
  try {
    await l2.reconcile(HERALD)
    const idle = measure(client)
    const release = join(node.directory, 'release')
    const busy = l2.ask({ op: 'busy', until: release })
    await until('the main thread to be busy', () => existsSync(`${release}.busy`))
    const loaded = measure(client)
    writeFileSync(release, '')
    await busy
    return {
      title: 'ARP answer on the wire',
      command: 'npm run bench -- arp',
      rows: [row('idle', idle), row('main thread busy', loaded)],
    }
  } finally {
    await l2.stop()
    await lab.dispose()
  }
}

interface Latencies {
  readonly herald: string
  readonly kernel: string
}

function row(what: string, { herald, kernel }: Latencies): BenchResult['rows'][number] {
  const anchor = `the kernel itself: ${kernel}`
  return { what: `question to answer, ${what}`, value: herald, anchor, aim: 'p99 ≤ 0.5 ms' }
}

/** Both by turns, so that whatever else the machine does hits them alike. */
function measure(client: LabNode): Latencies {
  return inNamespace(client.netnsPath, () => {
    const [herald, kernel] = [new Asker(client, HERALD), new Asker(client, KERNEL)]
    const times = { herald: new Float64Array(REQUESTS), kernel: new Float64Array(REQUESTS) }
    for (let i = -WARM_UP; i < REQUESTS; i++) {
      const [ours, theirs] = [herald.ask(), kernel.ask()]
      if (i < 0) continue
      times.herald[i] = ours
      times.kernel[i] = theirs
    }
    herald.close()
    kernel.close()
    return { herald: summary(times.herald), kernel: summary(times.kernel) }
  })
}

/** Asks for one address, again and again, over a packet socket that hears the answers only. */
class Asker {
  readonly #socket
  readonly #request: Uint8Array
  readonly #set = new Uint8Array(8)

  constructor(client: LabNode, address: Address) {
    const { socket, request } = arpQuestion(client, address)
    this.#socket = socket
    this.#request = request
    new Int32Array(this.#set.buffer)[0] = this.#socket.fd
    new Int16Array(this.#set.buffer)[2] = POLLIN
  }

  /** Microseconds until the answer. */
  ask(): number {
    const start = process.hrtime.bigint()
    this.#socket.send(this.#request)
    if (libc.poll(this.#set, 1000) === 0) throw new Error('no answer within a second')
    const end = process.hrtime.bigint()
    while (this.#socket.receive() !== undefined) continue
    return Number(end - start) / 1000
  }

  close(): void {
    this.#socket.close()
  }
}

function summary(times: Float64Array): string {
  const sorted = times.toSorted()
  const at = (share: number): string =>
    ((sorted[Math.floor(share * (sorted.length - 1))] ?? 0) / 1000).toFixed(3)
  return `p50 ${at(0.5)} p99 ${at(0.99)} max ${at(1)} ms`
}
