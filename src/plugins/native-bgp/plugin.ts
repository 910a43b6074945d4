/* BGP spoken by Herald itself: routes from every eligible node, as far as the advertisements reach. */
import { definePlugin, type LoadedPlugin } from '#core/announcer.ts'
import { bgpOptionsSchema } from '#core/bgp/options.ts'

import { BgpAnnouncer } from './announcer.ts'
import { parseConfig } from './config.ts'
import { loopBfdService } from './io/bfd-service.ts'
import { tcpTransport } from './io/tcp-transport.ts'
import { unsupported } from './unsupported.ts'

const nativeBgp: LoadedPlugin = definePlugin({
  api: 1,
  name: 'native-bgp',
  placement: 'every-node',
  fencing: 'none',
  resources: ['BGPPeer', 'BFDProfile'],
  optionsSchema: bgpOptionsSchema,
  unsupported,
  parseConfig,
  create: (config, host) => {
    const transport = tcpTransport(host.clock)
    return new BgpAnnouncer(config, host, { transport, bfd: loopBfdService(host.clock) })
  },
})

export default nativeBgp
