import { encodeMessage } from './header.ts'
import { messageType } from './iana.ts'

/** A KEEPALIVE is a header and nothing else. @see RFC 4271 §4.4 */
export function encodeKeepalive(): Uint8Array {
  return encodeMessage(messageType.keepalive, () => {})
}
