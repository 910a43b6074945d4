/* BGP spoken by Herald itself: routes from every eligible node, as far as the advertisements reach. */
import { definePlugin, type LoadedPlugin } from '#core/announcer.ts'
import { bgpOptionsSchema } from '#core/bgp/options.ts'

import { BgpAnnouncer } from './announcer.ts'
import { parseConfig } from './config.ts'
import { tcpTransport } from './io/tcp-transport.ts'
import { unsupported } from './unsupported.ts'

const nativeBgp: LoadedPlugin = definePlugin({
  api: 1,
  name: 'native-bgp',
  placement: 'every-node',
  fencing: 'none',
  resources: ['BGPPeer'],
  optionsSchema: bgpOptionsSchema,
  unsupported,
  parseConfig,
  create: (config, host) => new BgpAnnouncer(config, host, tcpTransport(host.clock)),
})

export default nativeBgp
