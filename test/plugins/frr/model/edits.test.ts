import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { editsBetween, scriptOf } from '#plugins/frr/model/edits.ts'
import { parseConfiguration, renderConfiguration, type Line } from '#plugins/frr/model/line.ts'

function lines(...text: string[]): Line[] {
  return parseConfiguration(text.join('\n'))
}

function commands(
  current: readonly Line[],
  desired: readonly Line[],
  shared?: ReadonlySet<string>,
): string[] {
  return scriptOf(editsBetween(current, desired, shared)).map(({ command }) => command)
}

const router = [
  'router bgp 65001',
  ' no bgp network import-check',
  ' neighbor 10.0.0.1 remote-as 65002',
  ' neighbor 10.0.0.1 timers 3 9',
  ' address-family ipv4 unicast',
  '  neighbor 10.0.0.1 route-map herald-out-a out',
  '  network 192.0.2.1/32 route-map herald-class-7',
  ' exit-address-family',
  'exit',
]

describe('the way between two configurations', () => {
  it('is nothing when they are the same', () => {
    expect(commands(lines(...router), lines(...router))).toEqual([])
  })

  it('keeps a new neighbor shut down until everything new is there', () => {
    expect(commands([], lines('route-map herald-in deny 10', 'exit', ...router))).toEqual([
      'configure terminal',
      'route-map herald-in deny 10',
      'router bgp 65001',
      'end',
      'configure terminal',
      'router bgp 65001',
      'no bgp network import-check',
      'neighbor 10.0.0.1 remote-as 65002',
      'neighbor 10.0.0.1 shutdown message herald',
      'neighbor 10.0.0.1 timers 3 9',
      'end',
      'configure terminal',
      'router bgp 65001',
      'address-family ipv4 unicast',
      'neighbor 10.0.0.1 route-map herald-out-a out',
      'network 192.0.2.1/32 route-map herald-class-7',
      'end',
      'configure terminal',
      'router bgp 65001',
      'no neighbor 10.0.0.1 shutdown',
      'end',
    ])
  })

  it('replaces a line by the other of its subject, and takes back what has none', () => {
    const changed = router
      .map((line) => line.replace('timers 3 9', 'timers 10 30').replace('class-7', 'class-8'))
      .filter((line) => !line.includes('import-check'))
    const edits = editsBetween(lines(...router), lines(...changed))
    expect(edits.map(({ command }) => command)).toEqual([
      'neighbor 10.0.0.1 timers 10 30',
      'network 192.0.2.1/32 route-map herald-class-8',
      'bgp network import-check',
    ])
  })

  it('takes a neighbor away as a whole, after the networks', () => {
    const edits = editsBetween(lines(...router), lines('router bgp 65001', ' no bgp network import-check'))
    expect(edits).toEqual([
      { context: ['router bgp 65001', 'address-family ipv4 unicast'], command: 'no network 192.0.2.1/32' },
      { context: ['router bgp 65001'], command: 'no neighbor 10.0.0.1' },
    ])
  })

  it('takes a router away as a whole, unless others have lines in it', () => {
    expect(commands(lines(...router), [])).toEqual(['configure terminal', 'no router bgp 65001', 'end'])
    expect(
      editsBetween(lines(...router), [], new Set(['router bgp 65001'])).map(({ command }) => command),
    ).toEqual(['no network 192.0.2.1/32', 'no neighbor 10.0.0.1', 'bgp network import-check'])
  })

  it('removes a router whose AS number changes before it makes the new one', () => {
    const other = router.map((line) => line.replace('bgp 65001', 'bgp 65009'))
    const way = commands(lines(...router), lines(...other))
    expect(way.slice(0, 3)).toEqual(['configure terminal', 'no router bgp 65001', 'router bgp 65009'])
    expect(way).toContain('network 192.0.2.1/32 route-map herald-class-7')
  })

  it('takes a profile out of bfdd, where the context itself is always there', () => {
    const bfd = ['bfd', ' profile herald-fast', '  detect-multiplier 4', ' exit', 'exit']
    expect(commands(lines(...bfd), [])).toEqual([
      'configure terminal',
      'bfd',
      'no profile herald-fast',
      'end',
    ])
    expect(commands([], lines(...bfd))).toContain('detect-multiplier 4')
  })
})

describe('configuration text', () => {
  it('is read into the tree that it was printed from', () => {
    const text = renderConfiguration(lines(...router))
    expect(text).toBe(`${router.join('\n')}\n`)
    expect(parseConfiguration(text)).toEqual(lines(...router))
  })

  it('is some tree whatever it is', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5000), fc.string({ maxLength: 20 }))), (rows) => {
        const text = rows.map(([indent, words]) => ' '.repeat(indent) + words).join('\n')
        const tree = parseConfiguration(text)
        expect(editsBetween(tree, tree)).toEqual([])
      }),
    )
  })
})
