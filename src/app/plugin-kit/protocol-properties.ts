/* What the kit proves of third-party code beside the seam: that it keeps the protocol. */
import assert from 'node:assert/strict'

import { seconds } from '#core/model/duration.ts'
import { decodeLine } from '#core/plugin-protocol/decode.ts'
import { capabilities, protocols, type PluginMessage } from '#core/plugin-protocol/messages.ts'
import type { PropertyResult } from '#testkit/index.ts'

import { describePlugin, type PluginParts } from '../plugin-host/remote-plugin.ts'
import type { Transport } from '../plugin-host/transport.ts'
import { version } from '../version.ts'
import type { KitManifest } from './manifest.ts'

interface Case {
  readonly manifest: KitManifest
  readonly parts: PluginParts
}

export const protocolProperties: readonly { readonly sentence: string; prove(given: Case): Promise<void> }[] =
  [
    {
      sentence: 'says the same of itself each time it is started',
      async prove({ parts }) {
        assert.deepEqual(await describePlugin(parts), await describePlugin(parts))
      },
    },
    {
      sentence: 'goes on when it is told something that this version of the protocol does not have',
      prove: (given) =>
        talk(given, async (talk) => {
          talk.send({ type: 'telepathy', id: 41 })
          talk.send({ type: 'ping', id: 42, mood: 'good' })
          await talk.hear((message) => message.type === 'pong' && message.id === 42)
        }),
    },
    {
      sentence: 'asks for the full set when it does not know where a change begins',
      prove: (given) =>
        talk(given, async (talk, hello) => {
          if (!hello.capabilities.includes('delta')) return
          talk.send({ type: 'open', id: 1, node: 'node-a', config: given.manifest.config ?? {} })
          await talk.hear((message) => 'id' in message && message.id === 1)
          talk.send({ type: 'change', id: 2, generation: 9, since: 8, put: [], remove: [] })
          const answer = await talk.hear((message) => 'id' in message && message.id === 2)
          assert.equal(answer.type, 'resync')
        }),
    },
    {
      sentence: 'ends when its input ends',
      prove: (given) =>
        talk(given, async (talk) => {
          talk.transport.finish()
          await Promise.race([talk.ended, late('it went on')])
        }),
    },
  ]

export async function checkProtocol(given: Case): Promise<PropertyResult[]> {
  const results: PropertyResult[] = []
  for (const property of protocolProperties) {
    const { sentence } = property
    try {
      await property.prove(given)
      results.push({ sentence, outcome: 'holds' })
    } catch (error) {
      results.push({ sentence, outcome: 'fails', error })
    }
  }
  return results
}

type Hello = Extract<PluginMessage, { type: 'hello' }>

interface Talk {
  readonly transport: Transport
  readonly ended: Promise<void>
  send(message: object): void
  /** The first message for which `wanted` holds, of those that were not heard yet. */
  hear(wanted: (message: PluginMessage) => boolean): Promise<PluginMessage>
}

/** Word by word, without the host between. */
async function talk({ parts }: Case, body: (talk: Talk, hello: Hello) => Promise<void>): Promise<void> {
  const heard: PluginMessage[] = []
  let notify = (): void => {}
  let resolveEnded = (): void => {}
  const ended = new Promise<void>((resolve) => (resolveEnded = resolve))
  const transport = parts.start(new SharedArrayBuffer(4), {
    line(text) {
      const decoded = decodeLine(text)
      if (decoded.ok === true) heard.push(decoded.message)
      notify()
    },
    said() {},
    ended: () => resolveEnded(),
  })
  const hear = async (wanted: (message: PluginMessage) => boolean): Promise<PluginMessage> => {
    for (;;) {
      const found = heard.findIndex(wanted)
      const message = heard[found]
      if (message !== undefined) return heard.splice(found, 1)[0] ?? message
      await Promise.race([new Promise<void>((resolve) => (notify = resolve)), late('it did not answer')])
    }
  }
  const send = (message: object): void => transport.send(JSON.stringify(message))
  try {
    send({ type: 'hello', protocols, herald: version, capabilities })
    const hello = (await hear(({ type }) => type === 'hello')) as Hello
    await body({ transport, ended, send, hear }, hello)
  } finally {
    await transport.kill()
  }
}

function late(what: string): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`${what} within 10 s`)), seconds(10)).unref()
  })
}
