import { describe, expect, it } from 'vitest'

import { definedSetHolder, policyHolder } from '#plugins/gobgp/wire/policy-messages.ts'
import { decode, encode } from '#plugins/gobgp/wire/protobuf.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const ascii = (text: string): string => Buffer.from(text).toString('hex')

describe('the messages about policies have the field numbers of GoBGP', () => {
  it('for a set of prefixes', () => {
    const prefixes = [{ ipPrefix: '10.0.0.0/8', maskLengthMin: 24, maskLengthMax: 32 }]
    const bytes = encode(definedSetHolder, { set: { type: 1, name: 'n', prefixes } })
    expect(hex(bytes)).toBe(`0a17080112016e22100a0a${ascii('10.0.0.0/8')}10181820`)
    expect(decode(definedSetHolder, bytes)?.set).toMatchObject({ type: 1, name: 'n', prefixes })
  })

  it('for a policy with a statement', () => {
    const conditions = { prefixSet: { type: 1, name: 'n' } }
    const statements = [{ name: 's', conditions, actions: { localPref: { value: 5 } } }]
    const bytes = encode(policyHolder, { policy: { name: 'p', statements } })
    expect(hex(bytes)).toBe('0a170a017012120a017312070a05080112016e1a043a020805')
    expect(decode(policyHolder, bytes)?.policy).toMatchObject({ name: 'p', statements })
  })
})
