import type { Unsupported } from '#core/announcer.ts'

/** Fields of a BGPPeer that are refused rather than ignored. */
export const unsupported: readonly Unsupported[] = [
  {
    kind: 'BGPPeer',
    field: 'vrf',
    reason: 'native-bgp opens its sessions in the default VRF only',
  },
]
