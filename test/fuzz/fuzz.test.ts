import { describe, expect, it } from 'vitest'

import { bgpTargets } from './bgp-targets.ts'
import { advance, newCampaign } from './campaign.ts'
import { otherTargets } from './other-targets.ts'
import { must, type FuzzTarget } from './target.ts'
import { sessionVerdict } from './update-oracle.ts'

const targets = [...bgpTargets, ...otherTargets]

describe('every decoder', () => {
  // What takes too long is for `npm run fuzz` to judge, on a machine of its own.
  const broken = (campaign: ReturnType<typeof newCampaign>) =>
    campaign.findings.filter(({ what }) => !what.startsWith('it takes'))

  it('survives messages that are nearly right, and takes those that are', () => {
    const campaign = newCampaign(20)
    advance(campaign, targets, 1000)
    expect(broken(campaign)).toEqual([])
    for (const { name } of targets) {
      const { cases, taken = 0 } = campaign.accounts[name] ?? {}
      expect(cases).toBe(1000)
      expect(taken).toBeGreaterThan(40)
      expect(taken).toBeLessThan(1000)
    }
  })

  it('is tried with the same messages in pieces as in one go', () => {
    // A case that a busy machine delays is tried again.
    const seen = [new Map<number, string>(), new Map<number, string>()] as const
    const spy = (list: Map<number, string>): FuzzTarget => ({
      name: 'spy',
      corpus: [Uint8Array.of(1, 2, 3, 4, 5)],
      take: ({ bytes, salt }) => (list.set(salt, Buffer.from(bytes).toString('hex')), true),
    })
    const [whole, pieces] = [newCampaign(3), newCampaign(3)]
    advance(whole, [spy(seen[0])], 100)
    for (let i = 0; i < 4; i++) advance(pieces, [spy(seen[1])], 25)
    expect(seen[1]).toEqual(seen[0])
    expect(new Set(seen[0].values()).size).toBeGreaterThan(50)
  })

  it('is found out when it throws', () => {
    const campaign = newCampaign(1)
    const bad: FuzzTarget = {
      name: 'bad',
      corpus: [Uint8Array.of(9)],
      take: ({ intact }) => (must(!intact, 'refuses what is valid'), true),
    }
    advance(campaign, [bad], 100)
    expect(campaign.findings.length).toBeGreaterThan(0)
    expect(campaign.findings[0]).toMatchObject({ target: 'bad', hex: '09' })
  })
})

describe('the second opinion on UPDATEs', () => {
  const update = (withdrawn: number[], attributes: number[], nlri: number[]): Uint8Array =>
    Uint8Array.of(0, withdrawn.length, ...withdrawn, 0, attributes.length, ...attributes, ...nlri)

  it.each([
    ['nothing', update([], [], []), 'never'],
    ['a prefix that runs over', update([24, 10, 0], [], []), 'must'],
    ['a prefix of 33 bits', update([], [], [33, 1, 2, 3, 4, 5]), 'must'],
    ['an attribute that runs over', update([], [0x40, 1, 9, 0], []), 'never'],
    ['MP_REACH_NLRI', update([], [0x80, 14, 0], []), 'may'],
    ['a well-known attribute nobody knows', update([], [0x40, 99, 0], []), 'may'],
    ['an optional attribute nobody knows', update([], [0xc0, 99, 0], []), 'never'],
    ['lengths that do not add up', Uint8Array.of(0, 9, 0, 0), 'must'],
  ])('of %s', (_, body, verdict) => {
    expect(sessionVerdict(body)).toBe(verdict)
  })
})
