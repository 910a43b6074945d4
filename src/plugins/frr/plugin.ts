/* BGP spoken by an FRR beside Herald: the same routes as native-bgp, put into FRR's words. */
import { definePlugin, type LoadedPlugin } from '#core/announcer.ts'
import { bgpOptionsSchema } from '#core/bgp/options.ts'
import { withoutOwnFields } from '#core/bgp/own-fields.ts'
import { poolKind } from '#core/bgp/safety-belt.ts'

import { FrrAnnouncer } from './announcer.ts'
import { parseConfig } from './config.ts'
import { FrrFileAnnouncer } from './file-announcer.ts'
import { confFile } from './io/conf-file.ts'
import { portTaken } from './io/port-taken.ts'
import { unixVty } from './io/unix-vty.ts'

const frr: LoadedPlugin = definePlugin({
  api: 1,
  name: 'frr',
  placement: 'every-node',
  fencing: 'none',
  resources: ['BGPPeer', 'BFDProfile', poolKind],
  optionsSchema: bgpOptionsSchema,
  unsupported: withoutOwnFields((field) => `the frr plugin does not put ${field} into FRR's words`),
  singleRouter: true,
  drains: true,
  parseConfig,
  create: (config, host) =>
    config.renderOnly === undefined
      ? new FrrAnnouncer(config, host, { vty: unixVty(config.socketDirectory), portTaken })
      : new FrrFileAnnouncer(config, host, confFile(config.renderOnly)),
})

export default frr
