import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { expectGolden, goldenRoot } from '../../golden-file.ts'
import { run } from './run.ts'

function inputOf(name: string): string {
  return join(goldenRoot, 'frr', name, 'input.yaml')
}

describe('herald frr-config', () => {
  it.each(['peers', 'attributes', 'dual-peers'])('%s: the file is as it was', async (name) => {
    const { out, err, status } = await run(['frr-config', '-f', inputOf(name), '--node', 'node-a'])
    expectGolden(`frr/${name}/frr.conf`, out)
    expect([err, status]).toEqual(['', 0])
  })

  it('leaves a peer out whose Secret is missing, and says so', async () => {
    const stdin = `
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: { name: tor, namespace: metallb-system }
spec: { myASN: 64500, peerASN: 64501, peerAddress: 10.1.0.1, passwordSecret: { name: absent } }
`
    const { out, err, status } = await run(['frr-config', '-f', '-', '--node', 'node-a'], { stdin })
    expect(out).not.toContain('10.1.0.1')
    expect(err).toContain('absent')
    expect(status).toBe(1)
  })

  it('knows the nodes of the input', async () => {
    const input = join(goldenRoot, 'plan/fabric/input.yaml')
    const { err, status } = await run(['frr-config', '-f', input, '--node', 'node-x'])
    expect([err, status]).toEqual([
      'herald frr-config: --node node-x: no such node; there are node-a, node-b, node-c, node-d or node-e\n',
      2,
    ])
  })
})
