import { describe, expect, it } from 'vitest'

import { profilesByPeer, readBfdProfile } from '#plugins/native-bgp/bfd/profile.ts'

describe('a BFDProfile', () => {
  it('has the defaults FRR has', () => {
    expect(readBfdProfile({ spec: {} })).toEqual({
      parameters: {
        transmitInterval: 300_000,
        receiveInterval: 300_000,
        detectMultiplier: 3,
        passive: false,
      },
      minimumTtl: 254,
    })
  })

  it('is read in milliseconds, and used in microseconds', () => {
    const spec = {
      transmitInterval: 20,
      receiveInterval: 30,
      detectMultiplier: 5,
      echoMode: true,
      passiveMode: true,
      minimumTtl: 250,
    }
    expect(readBfdProfile({ spec })).toEqual({
      parameters: {
        transmitInterval: 20_000,
        receiveInterval: 30_000,
        echoInterval: 50_000,
        detectMultiplier: 5,
        passive: true,
      },
      minimumTtl: 250,
    })
  })

  it('belongs to the peers that name it', () => {
    const resource = (name: string, spec = {}): { name: string; revision: string; spec: object } => ({
      name,
      revision: '1',
      spec,
    })
    const profiles = profilesByPeer({
      BFDProfile: [resource('fast', { transmitInterval: 10 }) as never],
      BGPPeer: [
        resource('a', { bfdProfile: 'fast' }),
        resource('b'),
        resource('c', { bfdProfile: 'gone' }),
      ] as never,
    })
    expect([...profiles.keys()]).toEqual(['a'])
    expect(profiles.get('a')?.parameters.transmitInterval).toBe(10_000)
  })
})
