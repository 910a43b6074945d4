import { describe, expect, it } from 'vitest'

import { parseConfiguration } from '#plugins/frr/model/line.ts'
import { divide } from '#plugins/frr/model/ownership.ts'

function texts(
  lines: readonly { readonly text: string; readonly body: readonly { readonly text: string }[] }[],
): string[] {
  return lines.flatMap(({ text, body }) => [text, ...texts(body as never)])
}

function divided(...text: string[]): { readonly own: string[]; readonly foreign: string[] } {
  const { own, foreign } = divide(parseConfiguration(text.join('\n')))
  return { own: texts(own), foreign: texts(foreign) }
}

describe('a running configuration', () => {
  it('is Herald’s as far as its names and descriptions say so', () => {
    const { own, foreign } = divided(
      'hostname vm',
      'router bgp 65001',
      ' bgp router-id 1.1.1.1',
      ' neighbor 10.0.0.1 remote-as 65002',
      ' neighbor 10.0.0.1 description herald: tor',
      ' neighbor 10.0.0.9 remote-as 65009',
      ' neighbor 10.0.0.9 description heralds of spring',
      ' !',
      ' address-family ipv6 unicast',
      '  network 2001:db8::1/128 route-map herald-class-7',
      '  network 2001:db8::/32',
      '  neighbor 10.0.0.1 activate',
      '  neighbor 10.0.0.9 activate',
      ' exit-address-family',
      'exit',
      'route-map herald-class-7 permit 10',
      ' set tag 7',
      'exit',
      'route-map THEIRS permit 10',
      'exit',
      'ip prefix-list herald-allowed-1 seq 5 permit any',
      'ip prefix-list theirs seq 5 permit any',
      'bfd',
      ' profile herald-fast',
      '  detect-multiplier 4',
      ' exit',
      ' profile slow',
    )
    expect(own).toEqual([
      'router bgp 65001',
      'neighbor 10.0.0.1 remote-as 65002',
      'neighbor 10.0.0.1 description herald: tor',
      'address-family ipv6 unicast',
      'network 2001:db8::1/128 route-map herald-class-7',
      'neighbor 10.0.0.1 activate',
      'route-map herald-class-7 permit 10',
      'set tag 7',
      'ip prefix-list herald-allowed-1 seq 5 permit any',
      'bfd',
      'profile herald-fast',
      'detect-multiplier 4',
    ])
    expect(foreign).toContain('bgp router-id 1.1.1.1')
    expect(foreign).toContain('profile slow')
    expect(foreign.join()).not.toContain('herald-')
  })

  it('gives Herald the router-wide lines where nobody else uses the router', () => {
    const { own, foreign } = divided(
      'router bgp 65001',
      ' bgp router-id 1.1.1.1',
      ' no bgp network import-check',
      ' neighbor 10.0.0.1 remote-as 65002',
      ' neighbor 10.0.0.1 description herald: tor',
      'exit',
    )
    expect(own).toContain('no bgp network import-check')
    expect(foreign).toEqual([])
  })

  it('leaves a router without a mark of Herald to the operator', () => {
    const { own, foreign } = divided('router bgp 65001', ' bgp router-id 1.1.1.1', 'exit')
    expect(own).toEqual([])
    expect(foreign).toEqual(['router bgp 65001', 'bgp router-id 1.1.1.1'])
  })

  it('counts a neighbor as Herald’s that was left half made, and no other that is shut down', () => {
    const { own, foreign } = divided(
      'router bgp 65001',
      ' neighbor 10.0.0.1 remote-as 65002',
      ' neighbor 10.0.0.1 shutdown message herald',
      ' neighbor 10.0.0.9 remote-as 65009',
      ' neighbor 10.0.0.9 shutdown',
    )
    expect(own.filter((text) => text.includes('remote-as'))).toEqual(['neighbor 10.0.0.1 remote-as 65002'])
    expect(foreign).toContain('neighbor 10.0.0.9 shutdown')
  })
})
