import { describe, expect, it } from 'vitest'

import { renderDivision, renderLoss } from '#lab/loss.ts'

describe('renderLoss', () => {
  it('drops a share of the frames of one port, in both directions', () => {
    const script = renderLoss('p1-eth0', 2.5)
    expect(script.match(/numgen random mod 10000 < 250 drop/g)).toHaveLength(2)
    expect(script).toContain('hook ingress device "p1-eth0"')
    expect(script).toContain('hook egress device "p1-eth0"')
  })

  it('drops in one direction, as seen from the node', () => {
    expect(renderLoss('p1-eth0', 100, 'sent')).not.toContain('egress')
    expect(renderLoss('p1-eth0', 100, 'received')).not.toContain('ingress')
  })

  it('replaces what was there, and leaves nothing behind at 0', () => {
    expect(renderLoss('p1-eth0', 0)).toBe('table netdev loss_p1_eth0\ndelete table netdev loss_p1_eth0\n')
  })

  it('refuses what is no per cent', () => {
    expect(() => renderLoss('p1-eth0', 101)).toThrow('101 is not a per cent from 0 to 100')
    expect(() => renderLoss('p1-eth0', Number.NaN)).toThrow('NaN')
  })
})

describe('renderDivision', () => {
  it('keeps out of each port what the other parts send, and nothing once there are none', () => {
    const script = renderDivision([
      { port: '1-eth0', deafTo: ['02:00:00:00:00:02', '02:00:00:00:00:03'] },
      { port: '2-eth0', deafTo: [] },
    ])
    expect(script).toContain('hook egress device "1-eth0"')
    expect(script).toContain('ether saddr { 02:00:00:00:00:02, 02:00:00:00:00:03 } drop')
    expect(script).not.toContain('"2-eth0"')
    expect(script).toContain('delete table netdev divide_2_eth0')
  })
})
