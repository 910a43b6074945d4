/*
 * The same octets to our decoder, to FRR and to BIRD. What each makes of them stands in the corpus; that the table in the
 * documentation is the corpus is looked at as well.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { Bird, createLab, Frr, until, type Lab, type NodeSpec } from '#lab/index.ts'
import type { Capability } from '#plugins/native-bgp/wire/capabilities.ts'
import { decodeFrame, encodeMessage } from '#plugins/native-bgp/wire/header.ts'
import { messageType } from '#plugins/native-bgp/wire/iana.ts'
import { decode } from '#plugins/native-bgp/wire/message.ts'

import { oddUpdates, senderAs, type OddUpdate, type Outcome } from './bgp-decoders/corpus.ts'
import { Sender } from './bgp-decoders/sender.ts'
import { enterNamespace } from './bgp-speaker.ts'

const context = { fourOctetAs: true, internal: false }
/** In a whole OPEN: the octet of their length, and the first one's type (RFC 4271 §4.2). */
const optionalParametersAt = 28
const routers = { frr: '192.0.2.1', bird: '192.0.2.2' } as const

/** 203.0.113.N/32; a sentinel is behind it on the wire: 203.0.114.N/32. */
const prefixOf = (index: number, net = 113): string => `203.0.${net}.${index}/32`

function bodyOf({ attributes, nlri, excess = 0 }: OddUpdate, index: number): Uint8Array {
  const octets = attributes.flat()
  const length = octets.length + excess
  return Uint8Array.of(0, 0, length >> 8, length & 255, ...octets, ...(nlri ?? [32, 203, 0, 113, index]))
}

function sentinel(index: number): Uint8Array {
  return bodyOf({ ...(oddUpdates[0] as OddUpdate), nlri: [32, 203, 0, 114, index] }, index)
}

function ourOutcome(body: Uint8Array): Outcome {
  const frame = decodeFrame(encodeMessage(messageType.update, (writer) => writer.bytes(body)))
  const message = frame.kind === 'frame' ? decode(frame, context) : undefined
  if (message?.type !== 'update') throw new Error('no UPDATE')
  const { action } = message.verdict
  return action === 'accept' ? 'taken' : action === 'withdraw' ? 'withdrawn' : 'reset'
}

describe('three decoders', () => {
  let lab: Lab
  let leave: () => void
  let frr: Frr
  let bird: Bird

  beforeAll(async () => {
    const node = (host: number): NodeSpec => ({
      interfaces: [{ segment: 'lan', addresses: [`192.0.2.${host}/24`] }],
    })
    lab = await createLab({ segments: { lan: {} }, nodes: { frr: node(1), bird: node(2), sender: node(10) } })
    frr = new Frr(lab.node('frr'), {
      config: [
        'router bgp 65001',
        ' no bgp ebgp-requires-policy',
        ` neighbor 192.0.2.10 remote-as ${senderAs}`,
        ' neighbor 192.0.2.10 passive',
        'exit',
      ].join('\n'),
      daemons: ['bgpd'],
    })
    bird = new Bird(lab.node('bird'), {
      config: `router id 192.0.2.2; protocol device {}
        protocol bgp sender { local 192.0.2.2 as 65002; neighbor 192.0.2.10 as ${senderAs}; passive; hold time 90;
          error wait time 1, 1; ipv4 { import all; export none; }; }\n`,
    })
    await Promise.all([frr.start(), bird.start()])
    leave = enterNamespace(lab.node('sender'))
  })
  afterAll(async () => {
    leave()
    await lab.dispose()
  })

  const has = {
    frr: async (prefix: string) =>
      (await frr.vtysh(`show bgp ipv4 unicast ${prefix} json`)).includes('"paths"'),
    bird: async (prefix: string) =>
      bird.birdc(`show route ${prefix}`).then(
        (text) => text.includes('192.0.2.10') || text.includes('sender'),
        () => false,
      ),
  }

  async function outcomesAt(router: keyof typeof routers): Promise<Outcome[]> {
    const sender = new Sender(routers[router])
    const outcomes: Outcome[] = []
    for (const [index, odd] of oddUpdates.entries()) {
      await sender.send(bodyOf(odd, index), sentinel(index))
      const settled = await until(`${router} to be through with ${odd.what}`, async () => {
        if (!sender.established) return 'reset'
        return (await has[router](prefixOf(index, 114))) && 'read'
      })
      if (settled === 'reset') outcomes.push('reset')
      else outcomes.push((await has[router](prefixOf(index))) ? 'taken' : 'withdrawn')
    }
    sender.close()
    return outcomes
  }

  it('agree on what is odd about an UPDATE, or differ as explained', async () => {
    const [atFrr, atBird] = await Promise.all([outcomesAt('frr'), outcomesAt('bird')])
    const found = oddUpdates.map((odd, index) => {
      const outcome = { herald: ourOutcome(bodyOf(odd, index)), frr: atFrr[index], bird: atBird[index] }
      return { what: odd.what, ...outcome }
    })
    expect(found).toEqual(oddUpdates.map(({ what, herald, frr, bird }) => ({ what, herald, frr, bird })))
  })

  it('understand an OPEN whose parameters need lengths of two octets, FRR’s and ours (RFC 9072)', async () => {
    const long = Array.from({ length: 12 }, (): Capability[] => [
      { kind: 'unknown', code: 239, value: new Uint8Array(28) },
    ])
    // The long form, needed or not; FRR 8.4 then reads no other.
    const form = 'neighbor 192.0.2.10 extended-optional-parameters'
    await frr.vtysh('configure terminal', 'router bgp 65001', form)
    for (const router of Object.values(routers)) {
      const sender = new Sender(router, long)
      await sender.send()
      expect(sender.established).toBe(true)
      const opening = sender.opening ?? new Uint8Array()
      const lengths = opening.subarray(optionalParametersAt, optionalParametersAt + 2)
      expect([...lengths]).toEqual(router === routers.frr ? [255, 255] : [expect.any(Number), 2])
      const frame = decodeFrame(opening.subarray(0, opening[17]))
      expect(frame.kind === 'frame' && decode(frame, context)).toMatchObject({ type: 'open' })
      sender.close()
    }
  })

  it('are told of in the documentation as they are', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/fuzzing.md'), 'utf8')
    for (const { what, herald, frr, bird, why } of oddUpdates) {
      const agreed = herald === frr && frr === bird
      expect(why === undefined).toBe(agreed)
      if (!agreed) expect(page).toContain(`| ${what} | ${herald} | ${frr} | ${bird} | ${why} |`)
    }
    expect(page).toContain(`${oddUpdates.length} UPDATEs`)
  })
})
