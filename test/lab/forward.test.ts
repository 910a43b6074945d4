import { describe, expect, it } from 'vitest'

import { type Forward, forwardKey, renderForwards } from '#lab/forward.ts'

const web: Forward = {
  address: '192.168.10.1',
  port: 18081,
  protocol: 'TCP',
  backends: [{ address: '172.20.166.20', port: 8080 }],
}

const ruleOf = (forward: Forward): string => {
  const [, rule = ''] = /chain services \{\n {4}(.*)\n/.exec(renderForwards([forward])) ?? []
  return rule
}

describe('a forward', () => {
  it('translates to its one backend and marks the connection for masquerading', () => {
    expect(ruleOf(web)).toBe(
      'ip daddr 192.168.10.1 tcp dport 18081 meta mark set meta mark | 0x4000 dnat ip to 172.20.166.20:8080',
    )
  })

  it('keeps the client where it is told to', () => {
    expect(ruleOf({ ...web, preserveClient: true })).not.toContain('mark')
  })

  it('spreads connections over several backends, each with its own port', () => {
    const backends = [...web.backends, { address: '172.20.161.20', port: 9090 }]
    expect(ruleOf({ ...web, backends })).toContain(
      'dnat ip to numgen random mod 2 map { 0 : 172.20.166.20 . 8080, 1 : 172.20.161.20 . 9090 }',
    )
  })

  it('puts an IPv6 backend into brackets', () => {
    const backends = [{ address: 'fd00::20', port: 53 }]
    expect(ruleOf({ ...web, address: 'FC00::0001', protocol: 'UDP', backends, preserveClient: true })).toBe(
      'ip6 daddr fc00::1 udp dport 18081 dnat ip6 to [fd00::20]:53',
    )
  })

  it('without backends refuses the traffic instead of passing it on', () => {
    expect(ruleOf({ ...web, backends: [] })).toBe('ip daddr 192.168.10.1 tcp dport 18081 drop')
  })

  it('to something that is no address is an error that names it', () => {
    expect(() => renderForwards([{ ...web, address: 'web' }])).toThrow(
      'forwardService: "web" is not an address',
    )
  })
})

it('the table is replaced as a whole, also the first time', () => {
  expect(renderForwards([]).startsWith('table inet herald_lab\ndelete table inet herald_lab\n')).toBe(true)
})

it('address, protocol and port together are what a forward is known by', () => {
  expect(forwardKey(web)).not.toBe(forwardKey({ ...web, protocol: 'UDP' }))
})
