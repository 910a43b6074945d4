import { describe, expect, it } from 'vitest'

import { renderLoss } from '#lab/loss.ts'

describe('renderLoss', () => {
  it('drops a share of the frames of one port, in both directions', () => {
    const script = renderLoss('p1-eth0', 2.5)
    expect(script.match(/numgen random mod 10000 < 250 drop/g)).toHaveLength(2)
    expect(script).toContain('hook ingress device "p1-eth0"')
    expect(script).toContain('hook egress device "p1-eth0"')
  })

  it('replaces what was there, and leaves nothing behind at 0', () => {
    expect(renderLoss('p1-eth0', 0)).toBe('table netdev loss_p1_eth0\ndelete table netdev loss_p1_eth0\n')
  })

  it('refuses what is no per cent', () => {
    expect(() => renderLoss('p1-eth0', 101)).toThrow('101 is not a per cent from 0 to 100')
    expect(() => renderLoss('p1-eth0', Number.NaN)).toThrow('NaN')
  })
})
