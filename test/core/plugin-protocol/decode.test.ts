import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { decodeLine, decodeMessage } from '#core/plugin-protocol/decode.ts'

const hello = {
  type: 'hello',
  protocol: 1,
  api: 1,
  name: 'my-plugin',
  placement: 'one-node',
  fencing: 'none',
  optionsSchema: { type: 'object' },
}

describe('what a plugin says', () => {
  it('is a message, or a sentence about what is wrong with it, whatever the line', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (line) => {
        const decoded = decodeLine(line)
        if (decoded.ok === false) expect(decoded.fault).toMatch(/allowed/)
      }),
    )
  })

  it('may leave out the lists of its hello that are empty', () => {
    expect(decodeMessage(hello)).toEqual({
      ok: true,
      message: { ...hello, resources: [], unsupported: [], capabilities: [] },
    })
  })

  it('may have fields and be of types that a later version brings', () => {
    expect(decodeMessage({ type: 'ok', id: 1, mood: 'good' })).toMatchObject({ ok: true })
    expect(decodeMessage({ type: 'telepathy', id: 1 })).toEqual({ ok: 'ignored', type: 'telepathy' })
  })

  it.each([
    [{ ...hello, name: 'My Plugin' }, 'hello.name: found "My Plugin", allowed: text that matches'],
    [{ ...hello, placement: 'here' }, 'hello.placement: found "here", allowed: "one-node" or "every-node"'],
    [{ ...hello, api: 2 }, 'hello.api: found 2, allowed: 1'],
    [{ type: 'status', id: 1, generation: 1 }, 'status.targets: found nothing'],
    [
      { type: 'status', id: 1, generation: 1, targets: [{ address: '192.0.2.01', phase: 'serving' }] },
      'status.targets[0].address: found "192.0.2.01", allowed: an IPv4 or IPv6 address',
    ],
    [
      { type: 'status', id: 1, generation: 1, targets: [{ address: '2001:DB8::1', phase: 'serving' }] },
      'status.targets[0].address: found "2001:DB8::1", allowed: "2001:db8::1"',
    ],
    [
      { type: 'status', id: 1, generation: 1, targets: [{ address: '192.0.2.1', phase: 'pending' }] },
      'status.targets[0].reason: found nothing, allowed: a word that says why it is pending',
    ],
    [
      { type: 'report', observation: { kind: 'rumour' } },
      'report.observation.kind: found "rumour", allowed: target',
    ],
    [
      { type: 'log', level: 'loud', message: '' },
      'log.level: found "loud", allowed: "debug", "info", "warn" or "error"',
    ],
    [[], 'found [], allowed: a JSON object'],
  ])('is refused as %j', (value, fault) => {
    const decoded = decodeMessage(value)
    expect(decoded.ok === false ? decoded.fault : decoded).toContain(fault)
  })
})
