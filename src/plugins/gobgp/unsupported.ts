import type { Unsupported } from '#core/announcer.ts'

/** Fields of a BGPPeer that are refused rather than ignored. */
export const unsupported: readonly Unsupported[] = [
  {
    kind: 'BGPPeer',
    field: 'bfdProfile',
    reason: 'gobgpd 3 has no BFD: it notices a dead peer when the hold time ends',
  },
  {
    kind: 'BGPPeer',
    field: 'interface',
    reason: 'the gobgp plugin needs a peerAddress: it tells neighbours apart by their addresses',
  },
  {
    kind: 'BGPPeer',
    field: 'vrf',
    reason: 'the gobgp plugin puts its routes into the global table of gobgpd only',
  },
]
