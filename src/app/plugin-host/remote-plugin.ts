/* A third-party plugin as the rest of Herald sees it: a LoadedPlugin like those that are built in. */
import { definePlugin, type LoadedPlugin } from '#core/announcer.ts'
import { checkSchema } from '#core/config/schema-check.ts'
import { ConfigError, messageOf } from '#core/errors.ts'
import { below } from '#core/model/field-path.ts'
import type { Description } from '#core/plugin-protocol/messages.ts'

import { Connection, type ConnectionDeps } from './connection.ts'
import { RemoteAnnouncer } from './remote-announcer.ts'
import type { TransportEvents, Transport } from './transport.ts'

/** How to start it: `fence` is shared memory, where the transport can share any. */
export type StartPlugin = (fence: SharedArrayBuffer, events: TransportEvents) => Transport

export type PluginParts = Omit<ConnectionDeps, 'open'> & { readonly start: StartPlugin }

/** Starts it, asks what it is, and ends it again. Rejects with why that did not work. */
export async function describePlugin(parts: PluginParts): Promise<Description> {
  return briefly(parts, (connection) => connection.greet())
}

export function remotePlugin(description: Description, parts: PluginParts): LoadedPlugin {
  const { protocol: _protocol, configSchema: _schema, capabilities: _capabilities, ...told } = description
  return definePlugin<unknown>({
    ...told,
    parseConfig: (input) => checkedConfig(input ?? {}, description, parts),
    create: (config, host) => {
      const { start, ...rest } = parts
      const open = (events: TransportEvents): Transport => start(host.fence.memory, events)
      return new RemoteAnnouncer({
        config,
        description,
        host,
        connection: { ...rest, clock: host.clock, open },
      })
    },
  })
}

/** First by the schema it told, if it told one, then by itself. */
async function checkedConfig(
  config: unknown,
  { name, configSchema }: Description,
  parts: PluginParts,
): Promise<unknown> {
  if (configSchema !== undefined) {
    const [fault] = checkSchema(config, configSchema, '')
    if (fault !== undefined) {
      const [found = '', allowed = ''] = fault.message.replace(/^found /, '').split(', allowed: ')
      throw new ConfigError({ path: fault.path === '' ? name : below(name, fault.path), found, allowed })
    }
  }
  await briefly(parts, async (connection) => {
    await connection.greet()
    await connection.call({ type: 'check', config }, parts.limits.start)
  })
  return config
}

/** A life for one question. What it says meanwhile is told only when it fails. */
async function briefly<T>(
  { start, ...parts }: PluginParts,
  ask: (connection: Connection) => Promise<T>,
): Promise<T> {
  const said: string[] = []
  const noFence = new SharedArrayBuffer(4)
  const connection = new Connection(
    { ...parts, open: (events) => start(noFence, events) },
    { asks: () => {}, said: (line) => void (said.length < 20 && said.push(line)), gone: () => {} },
  )
  try {
    return await ask(connection)
  } catch (cause) {
    const message = messageOf(cause)
    throw new Error(said.length === 0 ? message : `${message}; it said: ${said.join(' | ')}`, { cause })
  } finally {
    await connection.close()
  }
}
