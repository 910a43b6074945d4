/* The kit as a suite of the runner that runs this file: as an author has it. */
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { pluginConformance } from '#app/plugin-kit/testkit.ts'

const examples = fileURLToPath(new URL('../../../examples/plugins', import.meta.url))

await pluginConformance({ describe, it }, `${examples}/exabgp-style`)

it('says of a folder without a plugin what is missing', async () => {
  await expect(pluginConformance({ describe, it }, examples)).rejects.toThrow(/herald-plugin\.yaml/)
})
