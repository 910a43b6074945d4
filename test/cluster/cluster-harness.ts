import { fileURLToPath } from 'node:url'

import { describe } from 'vitest'

import {
  clusterPrograms,
  describeMissing,
  KubeCluster,
  labRequirements,
  type ClusterOptions,
} from '#lab/index.ts'

const crds = fileURLToPath(new URL('../../deploy/crds', import.meta.url))

const requirements = await labRequirements(['nft', 'curl', 'frr', 'arping'])
const programs = await clusterPrograms()
const obstacle = requirements.ok
  ? programs.ok
    ? undefined
    : `${programs.what} is missing: ${programs.remedy}`
  : describeMissing(requirements)

/** A suite that needs a control plane; skipped by name, with the remedy, where none can be had. */
export function describeCluster(name: string, tests: () => void): void {
  describe.skipIf(obstacle !== undefined)(obstacle === undefined ? name : `${name} (${obstacle})`, tests)
}

/** With our custom resources, and the namespace metallb-system. */
export async function startCluster(options: ClusterOptions = {}): Promise<KubeCluster> {
  const cluster = await KubeCluster.create(options)
  await cluster.applyCrds(crds)
  return cluster
}
