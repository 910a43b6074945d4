/* BGP spoken by Herald itself: routes from every eligible node, as far as the advertisements reach. */
import { definePlugin, type Announcer, type LoadedPlugin } from '#core/announcer.ts'
import { fullBgpOptionsSchema } from '#core/bgp/options.ts'
import { poolKind } from '#core/bgp/safety-belt.ts'

import { BgpAnnouncer } from './announcer.ts'
import { parseConfig } from './config.ts'
import { unsupported } from './unsupported.ts'

const nativeBgp: LoadedPlugin = definePlugin({
  api: 1,
  name: 'native-bgp',
  placement: 'every-node',
  fencing: 'none',
  resources: ['BGPPeer', 'BFDProfile', poolKind],
  optionsSchema: fullBgpOptionsSchema,
  unsupported,
  drains: true,
  parseConfig,
  create: (config, host) =>
    openedLater(async () => {
      const { network } = await import('./io/network.ts')
      return new BgpAnnouncer(config, host, network(host.clock))
    }),
})

export default nativeBgp

/** Native code is loaded when the plugin opens, not by commands that only want to know its options. */
function openedLater(make: () => Promise<Announcer>): Announcer {
  let made: Announcer | undefined
  return {
    async open(signal) {
      made = await make()
      await made.open(signal)
    },
    async reconcile(desired, signal) {
      if (made === undefined) throw new Error('native-bgp: reconcile before open')
      return made.reconcile(desired, signal)
    },
    async close() {
      await made?.close()
    },
  }
}
