/* BGP spoken by a gobgpd that runs beside Herald, told what to announce over its API. */
import { definePlugin, type LoadedPlugin } from '#core/announcer.ts'
import { bgpOptionsSchema } from '#core/bgp/options.ts'
import { withoutOwnFields } from '#core/bgp/own-fields.ts'
import { poolKind } from '#core/bgp/safety-belt.ts'

import { GoBgpAnnouncer } from './announcer.ts'
import { parseConfig } from './config.ts'
import { connectTo } from './io/grpc-client.ts'
import { localAddresses } from './io/local-addresses.ts'
import { unsupported } from './unsupported.ts'

const gobgp: LoadedPlugin = definePlugin({
  api: 1,
  name: 'gobgp',
  placement: 'every-node',
  fencing: 'none',
  resources: ['BGPPeer', poolKind],
  optionsSchema: bgpOptionsSchema,
  unsupported: [
    ...unsupported,
    ...withoutOwnFields((field) => `the gobgp plugin does not put ${field} into gobgpd's words`),
  ],
  singleRouter: true,
  drains: true,
  parseConfig,
  create: (config, host) => new GoBgpAnnouncer(config, host, { connect: connectTo(config), localAddresses }),
})

export default gobgp
