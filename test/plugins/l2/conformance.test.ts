import { describe, it } from 'vitest'

import { definePlugin } from '#core/announcer.ts'
import { FakeClock } from '#core/fakes/fake-clock.ts'
import { milliseconds } from '#core/model/duration.ts'
import { createL2Announcer } from '#plugins/l2/announcer.ts'
import { parseConfig } from '#plugins/l2/config.ts'
import l2 from '#plugins/l2/plugin.ts'
import { announcerConformance, type Subject } from '#testkit/index.ts'
import { ip, link, MemoryLan } from './memory-lan.ts'

const addresses = [ip('192.0.2.10'), ip('198.51.100.1'), ip('192.0.2.11')] as const
const impossible = ip('fd00::10')

/** The plugin as it ships, with a segment in memory under it; the link speaks no IPv6. */
async function subject(): Promise<Subject> {
  const clock = new FakeClock()
  const onlyIPv4 = link(2, 'eth0', { addresses: [{ address: ip('192.0.2.2'), prefixLength: 24 }] })
  const lan = new MemoryLan(onlyIPv4)
  const plugin = definePlugin({
    ...l2,
    parseConfig,
    create: (config, host) => createL2Announcer(config, host, lan.startDriver(clock)),
  })
  return {
    plugin,
    config: { gratuitousPerSecond: 100, probe: false, witnessPerSecond: 0 },
    invalidConfig: { gratuitousPerSecond: 'many' },
    addresses,
    impossible,
    observe: async () => new Set([...addresses, impossible].filter((address) => lan.answers(address))),
    outage: {
      begin: async () => lan.setLinks({ ...onlyIPv4, running: false }),
      end: async () => lan.setLinks(onlyIPv4),
    },
    clock,
    pass: () => clock.advance(milliseconds(5)),
    patience: 50,
    dispose: async () => undefined,
  }
}

await announcerConformance({ describe, it }, 'l2', subject)
