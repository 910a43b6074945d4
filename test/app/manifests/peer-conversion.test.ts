import { describe, expect, it } from 'vitest'

import { readManifests } from '#app/manifests/read.ts'

function peer(apiVersion: string, spec: string): unknown {
  const set = readManifests([
    {
      name: 'p.yaml',
      text: `apiVersion: ${apiVersion}\nkind: BGPPeer\nmetadata: { name: p, namespace: metallb-system }\nspec: { myASN: 1, peerASN: 2, peerAddress: 10.0.0.1${spec} }\n`,
    },
  ])
  expect(set.problems).toEqual([])
  expect(set.config[0]?.apiVersion).toBe('metallb.io/v1beta2')
  return set.config[0]?.spec
}

describe('a v1beta1 BGPPeer', () => {
  it.each([
    '',
    ', peerPort: 0',
    ', peerPort: 1179',
    ', holdTime: 90s, keepaliveTime: 30s',
    ', nodeSelectors: [{ matchLabels: { a: b } }, {}]',
    ', password: secret, ebgpMultiHop: true, bfdProfile: fast',
  ])('becomes the v1beta2 one with the same fields%s', (fields) => {
    expect(peer('metallb.io/v1beta1', fields)).toEqual(
      peer('metallb.io/v1beta2', fields.replace(', peerPort: 0', '')),
    )
  })

  it('keeps timers unset that it leaves out, and a hold time of 0 that it asks for', () => {
    expect(peer('metallb.io/v1beta1', '')).not.toHaveProperty('holdTime')
    expect(peer('metallb.io/v1beta1', '')).not.toHaveProperty('keepaliveTime')
    expect(peer('metallb.io/v1beta1', ', holdTime: 0s')).toHaveProperty('holdTime', '0s')
  })

  it('takes only the fields of its own version', () => {
    const set = readManifests([
      {
        name: 'p.yaml',
        text: 'apiVersion: metallb.io/v1beta1\nkind: BGPPeer\nmetadata: { name: p, namespace: metallb-system }\nspec: { myASN: 1, peerASN: 2, peerAddress: 10.0.0.1, vrf: red }\n',
      },
    ])
    expect(set.problems.map(({ field, reason }) => [field, reason])).toEqual([['spec.vrf', 'UnknownField']])
  })
})
