/* A whole message either way. */
import { Reader } from '#core/wire/reader.ts'

import type { AttributeContext } from './attributes.ts'
import { encodeMessage, type Frame } from './header.ts'
import { messageType } from './iana.ts'
import { encodeKeepalive } from './keepalive.ts'
import { decodeNotification, encodeNotification, type Notification } from './notification.ts'
import { decodeOpen, encodeOpen, isOpen, type Open } from './open.ts'
import { decodeRouteRefresh, encodeRouteRefresh, isRouteRefresh, type RouteRefresh } from './route-refresh.ts'
import { decodeUpdate, encodeUpdate, type Update, type UpdateVerdict } from './update.ts'

export type Message =
  | { readonly type: 'open'; readonly open: Open }
  | { readonly type: 'update'; readonly update: Update }
  | { readonly type: 'notification'; readonly notification: Notification }
  | { readonly type: 'keepalive' }
  | { readonly type: 'routeRefresh'; readonly routeRefresh: RouteRefresh }

export type Received =
  | Exclude<Message, { type: 'update' }>
  | { readonly type: 'update'; readonly verdict: UpdateVerdict }
  /** An OPEN that cannot be answered but by this NOTIFICATION (RFC 4271 §6.2). */
  | { readonly type: 'badOpen'; readonly notification: Notification }
  /** A ROUTE-REFRESH likewise (RFC 7313 §5). */
  | { readonly type: 'badRouteRefresh'; readonly notification: Notification }

export function encode(message: Message, context: AttributeContext): Uint8Array {
  switch (message.type) {
    case 'open':
      return encodeMessage(messageType.open, (writer) => encodeOpen(writer, message.open))
    case 'update':
      return encodeMessage(
        messageType.update,
        (writer) => encodeUpdate(writer, message.update, context),
        4096,
      )
    case 'notification':
      return encodeMessage(messageType.notification, (writer) =>
        encodeNotification(writer, message.notification),
      )
    case 'keepalive':
      return encodeKeepalive()
    case 'routeRefresh':
      return encodeMessage(messageType.routeRefresh, (writer) =>
        encodeRouteRefresh(writer, message.routeRefresh),
      )
  }
}

/** `frame` as `decodeFrame` gives it: its type is one of ours. */
export function decode(
  { type, body }: Extract<Frame, { kind: 'frame' }>,
  context: AttributeContext,
): Received {
  const reader = new Reader(body)
  switch (type) {
    case messageType.open: {
      const open = decodeOpen(reader)
      return isOpen(open) ? { type: 'open', open } : { type: 'badOpen', notification: open }
    }
    case messageType.update:
      return { type: 'update', verdict: decodeUpdate(reader, context) }
    case messageType.notification:
      return { type: 'notification', notification: decodeNotification(reader) }
    case messageType.routeRefresh: {
      const refresh = decodeRouteRefresh(reader)
      return isRouteRefresh(refresh)
        ? { type: 'routeRefresh', routeRefresh: refresh }
        : { type: 'badRouteRefresh', notification: refresh }
    }
    default:
      return { type: 'keepalive' }
  }
}
