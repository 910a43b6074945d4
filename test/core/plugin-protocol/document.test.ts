/* docs/plugin-protocol.md is what authors read: its examples are held against the decoder. */
import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { decodeLine } from '#core/plugin-protocol/decode.ts'
import { messageSchemas } from '#core/plugin-protocol/message-schemas.ts'
import type { HostMessage } from '#core/plugin-protocol/messages.ts'

const text = readFileSync(new URL('../../../docs/plugin-protocol.md', import.meta.url), 'utf8')

function examples(side: 'host' | 'plugin'): string[] {
  const blocks = text.matchAll(new RegExp(`^\`\`\`json ${side}\n(.*?)^\`\`\``, 'gms'))
  return [...blocks].flatMap(([, lines = '']) => lines.trim().split('\n'))
}

const typeOf = (line: string): string => (JSON.parse(line) as { type: string }).type

/** Held complete by the compiler. */
const hostTypes: Readonly<Record<HostMessage['type'], true>> = {
  hello: true,
  check: true,
  open: true,
  reconcile: true,
  change: true,
  abort: true,
  fence: true,
  ping: true,
  close: true,
  secret: true,
}

describe('the document of the plugin protocol', () => {
  it('shows every message of either side, and no other', () => {
    expect(new Set(examples('host').map(typeOf))).toEqual(new Set(Object.keys(hostTypes)))
    expect(new Set(examples('plugin').map(typeOf))).toEqual(new Set(Object.keys(messageSchemas)))
  })

  it.each(examples('plugin'))('shows what the host understands: %s', (line) => {
    expect(decodeLine(line)).toMatchObject({ ok: true, message: JSON.parse(line) })
  })
})
