import type { Unsupported } from '#core/announcer.ts'
import { ownField } from '#core/bgp/own-fields.ts'

/** Fields of a BGPPeer that are refused rather than ignored. */
export const unsupported: readonly Unsupported[] = [
  {
    kind: 'BGPPeer',
    field: 'vrf',
    reason: 'native-bgp opens its sessions in the default VRF only',
  },
  {
    kind: 'BGPPeer',
    field: `${ownField}.tcpAo`,
    reason:
      'TCP-AO (RFC 5925) is signed by kernels that are built with CONFIG_TCP_AO, and native-bgp gives them no keys yet; passwordSecret signs by TCP-MD5 (RFC 2385)',
  },
]
