/* Every manifest of the usage guide, applied with kubectl to a real API server. */
import { afterAll, beforeAll, expect, it } from 'vitest'

import type { KubeCluster } from '#lab/index.ts'

import { guides, manifestsOf } from '../docs/guide-manifests.ts'
import { describeCluster, startCluster } from './cluster-harness.ts'

describeCluster('the usage guide, in a cluster', () => {
  let cluster: KubeCluster

  beforeAll(async () => {
    cluster = await startCluster({ nodes: [], kubeProxy: false })
  })

  afterAll(() => cluster?.dispose())

  it.each(guides)('%s: kubectl applies every manifest', async (guide) => {
    for (const part of ['l2', 'bgp'] as const) {
      const text = manifestsOf(guide, part)
      const answers = (await cluster.controlPlane.kubectl(['apply', '-f', '-'], text)).trim().split('\n')
      expect(answers).toHaveLength(text.split('\n---\n').length)
      for (const answer of answers) expect(answer).toMatch(/ (created|configured|unchanged)$/)
    }
  })
})
