import type { Message, Received } from '#plugins/native-bgp/wire/message.ts'

/** A received message as one to send; undefined when it ends the session and has no content. */
export function sendable(received: Received): Message | undefined {
  if (received.type === 'badOpen' || received.type === 'badRouteRefresh') return undefined
  if (received.type !== 'update') return received
  const { verdict } = received
  return verdict.action === 'reset' ? undefined : { type: 'update', update: verdict.update }
}
