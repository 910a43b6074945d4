import { describe, expect, it } from 'vitest'

import { type BgpRouter, renderBird, renderFrr, renderGoBgp } from '#lab/daemons/bgp-router.ts'
import { routedBgp } from '#lab/topologies/routed.ts'

const router = (change: Partial<BgpRouter['neighbors'][number]>): BgpRouter => ({
  asn: 7675,
  routerId: '172.16.1.1',
  neighbors: [{ address: '172.16.1.11', asn: 7776, ...change }],
})

describe('FRR', () => {
  it('is configured line for line as the walk-through does', () => {
    const lines = renderFrr(routedBgp())
      .split('\n')
      .map((line) => line.trim())
    for (const line of [
      'router bgp 7675',
      'bgp router-id 172.16.1.1',
      'no bgp ebgp-requires-policy',
      'neighbor 172.16.1.11 remote-as 7776',
      'neighbor 172.16.1.11 description master1',
      'neighbor 172.16.2.21 remote-as 7776',
      'neighbor 172.16.2.21 description worker1',
    ])
      expect(lines).toContain(line)
  })

  it('takes routes of both families from every neighbour', () => {
    expect(
      renderFrr(router({})).match(/address-family \w+ unicast\n {2}neighbor 172.16.1.11 activate/g),
    ).toHaveLength(2)
  })

  it('gets a BFD profile per neighbour that wants one', () => {
    const text = renderFrr(router({ bfd: { interval: 50, multiplier: 3 } }))
    expect(text).toContain(
      ' profile to-172-16-1-11\n  detect-multiplier 3\n  receive-interval 50\n  transmit-interval 50\n',
    )
    expect(text).toContain(' neighbor 172.16.1.11 bfd profile to-172-16-1-11\n')
  })
})

describe('an option of a neighbour reaches each program in its own words', () => {
  it.each<[string, Partial<BgpRouter['neighbors'][number]>, [string, string, string]]>([
    [
      'password',
      { password: 's3cret' },
      ['password s3cret', 'password "s3cret";', 'auth-password = "s3cret"'],
    ],
    ['passive', { passive: true }, ['passive', 'passive on;', 'passive-mode = true']],
    ['TTL security', { ttlSecurity: true }, ['ttl-security hops 1', 'ttl security on;', 'ttl-min = 255']],
    ['hold time', { holdTime: 30 }, ['timers 10 30', 'hold time 30;', 'keepalive-interval = 10']],
  ])('%s', (_, change, words) => {
    for (const [index, render] of [renderFrr, renderBird, renderGoBgp].entries()) {
      expect(render(router(change))).toContain(words[index])
      expect(render(router({}))).not.toContain(words[index])
    }
  })

  it('save BFD, which GoBGP is not silently left without', () => {
    expect(() => renderGoBgp(router({ bfd: { interval: 50, multiplier: 3 } }))).toThrow(
      'neighbor 172.16.1.11: GoBGP has no BFD',
    )
  })
})
