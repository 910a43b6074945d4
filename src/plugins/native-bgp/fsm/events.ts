/* What a received message means to the session machine. */
import { errorCode, openError, refreshSubtype } from '../wire/iana.ts'
import type { Received } from '../wire/message.ts'
import { unicastFamily } from '../wire/mp-nlri.ts'
import type { SessionEvent } from './model.ts'
import { isRefusal, negotiate, type LocalSide } from './negotiate.ts'

export function eventOf(message: Received, local: LocalSide): SessionEvent {
  switch (message.type) {
    case 'open': {
      const result = negotiate(local, message.open)
      return isRefusal(result)
        ? { name: 'BGPOpenMsgErr', ...result }
        : { name: 'BGPOpen', negotiated: result }
    }
    case 'badOpen':
      return { name: 'BGPOpenMsgErr', notification: message.notification }
    case 'keepalive':
      return { name: 'KeepAliveMsg' }
    case 'update':
      return message.verdict.action === 'reset'
        ? { name: 'UpdateMsgErr', notification: message.verdict.notification }
        : { name: 'UpdateMsg' }
    case 'notification': {
      const { notification } = message
      const version = notification.code === errorCode.open && notification.subcode === openError.badVersion
      return { name: version ? 'NotifMsgVerErr' : 'NotifMsg', notification }
    }
    case 'badRouteRefresh':
      return { name: 'UpdateMsgErr', notification: message.notification }
    case 'routeRefresh': {
      const { afi, safi, subtype } = message.routeRefresh
      const family = subtype === refreshSubtype.request ? unicastFamily(afi, safi) : undefined
      return { name: 'RouteRefreshMsg', ...(family && { family }) }
    }
  }
}
