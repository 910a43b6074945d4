import { defineConfig, type ViteUserConfig } from 'vitest/config'

import { textModules } from './scripts/text-modules.mjs'
import { yamlModules } from './scripts/yaml-modules.mjs'

const config: ViteUserConfig = defineConfig({
  plugins: [textModules(), yamlModules()],
  test: {
    reporters: ['default', './scripts/tally-reporter.mjs'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/system/**', 'test/cluster/**', 'test/bench/**'],
          // A bound against hanging, not a judgement: a loaded machine is slow, and property tests do much.
          testTimeout: 60_000,
        },
      },
      {
        // Real daemons in network namespaces: one file at a time, so that two cores serve one topology.
        extends: true,
        test: {
          name: 'system',
          include: ['test/system/**/*.test.ts'],
          globalSetup: ['test/secrets/global.ts'],
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        // A real control plane beside the namespaces.
        extends: true,
        test: {
          name: 'cluster',
          include: ['test/cluster/**/*.test.ts'],
          globalSetup: ['test/secrets/global.ts'],
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})

export default config
