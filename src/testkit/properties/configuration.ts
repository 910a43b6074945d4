/* Before anything is announced. */
import assert from 'node:assert/strict'

import type { Property } from './property.ts'

export const configuration: readonly Property[] = [
  {
    sentence: 'refuses an invalid configuration before anything exists',
    async prove({ subject }) {
      await assert.rejects(
        async () => subject.plugin.parseConfig(subject.invalidConfig),
        'the invalid configuration was accepted',
      )
    },
  },
  {
    sentence: 'parses one configuration twice to the same result',
    async prove({ subject }) {
      const { plugin, config } = subject
      assert.deepEqual(await plugin.parseConfig(config), await plugin.parseConfig(config))
    },
  },
  {
    sentence: 'announces nothing before it is told to',
    async prove(bench) {
      await bench.create()
      await bench.sees([])
      await bench.open()
      await bench.sees([])
    },
  },
]
