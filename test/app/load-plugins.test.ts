import { describe, expect, it } from 'vitest'

import { builtInAnnouncers } from '#app/announcer-infos.ts'
import { loadPlugins } from '#app/load-plugins.ts'
import { oneOf } from '#core/model/wording.ts'

describe('loading plugins', () => {
  it('gives every built-in plugin with its configuration checked', async () => {
    const loaded = await loadPlugins({})
    expect(loaded.map(({ plugin }) => plugin.name)).toEqual(builtInAnnouncers.map(({ name }) => name))
  })

  it('refuses a configuration with the plugin and the path of the fault', async () => {
    await expect(loadPlugins({ l2: { nonsense: 1 } })).rejects.toThrow(/^plugin l2: config: .*nonsense/)
  })

  it('refuses a plugin that does not exist', async () => {
    await expect(loadPlugins({ evpn: {} })).rejects.toThrow(
      `plugins.evpn: found no plugin of this name; allowed: ${oneOf(builtInAnnouncers.map(({ name }) => name))}`,
    )
  })
})
