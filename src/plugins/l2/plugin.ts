import { definePlugin, type LoadedPlugin } from '#core/announcer.ts'
import { createL2Announcer } from './announcer.ts'
import { parseConfig, type L2Config } from './config.ts'
import type { StartDriver } from './protocol.ts'

/** Native code is loaded when the plugin opens, not by commands that only want to know its options. */
const startDriver: StartDriver = async (init, events) =>
  (await import('./io/driver.ts')).startDriver(init, events)

const l2: LoadedPlugin = definePlugin<L2Config>({
  api: 1,
  name: 'l2',
  placement: 'one-node',
  fencing: 'frame',
  witnesses: true,
  surveys: true,
  resources: [],
  optionsSchema: {
    type: 'object',
    properties: {
      interfaces: {
        type: 'array',
        description: 'Names of the interfaces to answer on; all suitable ones when absent or empty.',
        items: { type: 'string', minLength: 1 },
      },
    },
    additionalProperties: false,
  },
  unsupported: [],
  parseConfig,
  create: (config, host) => createL2Announcer(config, host, startDriver),
})

export default l2
